import { digestHex } from '../digest.ts';
import { maxDocumentBytes, parseDocument, parseIndex } from '../documents.ts';
import type { Layout } from '../layout.ts';
import { nameOf } from '../layoutIndex.ts';
import { OciError, quoted } from '../ociError.ts';
import type { Descriptor, Index, Manifest } from '../types.ts';
import type { Archive } from './archive.ts';
import { interruptible } from './decompress.ts';
import type { ImportOptions } from './importArchive.ts';

const maxDepth = 4;

/** Every blob goes in as it is, under the digest that it must have. */
export async function ociImage(layout: Layout, archive: Archive, options: ImportOptions): Promise<Descriptor> {
  const what = `archive ${archive.name}: index.json`;
  let index = parseIndex(await archive.read('index.json'), what);
  if (options.image !== undefined) {
    index = { ...index, manifests: index.manifests.filter((entry) => nameOf(entry) === options.image) };
  }
  let descriptor = choose(index, archive, options);
  for (let depth = 0; depth < maxDepth; depth++) {
    const document = await copyDocument(layout, archive, descriptor);
    if (!('manifests' in document)) {
      await copyBlobs(layout, archive, document, options);
      const { mediaType, digest, size } = descriptor;
      return { mediaType, digest, size };
    }
    descriptor = choose(document, archive, options);
  }
  throw new OciError('invalid', `${what}: indexes of indexes, too deep`);
}

function choose({ manifests }: Index, archive: Archive, { image, platform }: ImportOptions): Descriptor {
  const fitting = manifests.filter((entry) => {
    const { os, architecture } = entry.platform ?? platform;
    return os === platform.os && architecture === platform.architecture;
  });
  const [only] = fitting;
  if (only !== undefined && fitting.length === 1) return only;
  const names = manifests.map((entry) => nameOf(entry) ?? entry.digest);
  const wanted = `${image === undefined ? '' : `${quoted(image)} `}for ${platform.os}/${platform.architecture}`;
  throw new OciError(
    'missing',
    `archive ${archive.name}: not one image ${wanted}; it holds ${quoted(names.join(', '))}`,
  );
}

async function copyDocument(layout: Layout, archive: Archive, descriptor: Descriptor): Promise<Manifest | Index> {
  const { digest, size } = descriptor;
  if (size > maxDocumentBytes) throw new OciError('too-large', `manifest ${digest}: ${size} bytes`);
  await layout.putBlob(archive.stream(blobPath(descriptor)), { digest, size });
  return parseDocument(await layout.readBlob(digest), `manifest ${digest}`);
}

async function copyBlobs(
  layout: Layout,
  archive: Archive,
  manifest: Manifest,
  { signal }: ImportOptions,
): Promise<void> {
  for (const descriptor of [manifest.config, ...manifest.layers]) {
    const { digest, size } = descriptor;
    if (await layout.hasBlob(digest, size)) continue;
    await layout.putBlob(interruptible(archive.stream(blobPath(descriptor)), signal), { digest, size });
  }
}

function blobPath({ digest }: Descriptor): string {
  return `blobs/sha256/${digestHex(digest)}`;
}
