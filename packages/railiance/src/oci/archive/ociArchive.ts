import { digestHex, digestOf } from '../digest.ts';
import { maxDocumentBytes, parseDocument, parseIndex } from '../documents.ts';
import type { Layout } from '../layout.ts';
import { nameOf } from '../layoutIndex.ts';
import { OciError, quoted } from '../ociError.ts';
import type { Descriptor, Index, Manifest } from '../types.ts';
import type { Archive } from './archive.ts';
import { interruptible } from './decompress.ts';
import type { ImportOptions } from './importArchive.ts';

const maxDepth = 4;

export interface FoundManifest {
  readonly descriptor: Descriptor;
  readonly bytes: Buffer;
  readonly manifest: Manifest;
}

/** @throws OciError where the archive does not hold one image of that name for that platform */
export async function findManifest(archive: Archive, options: ImportOptions): Promise<FoundManifest> {
  const what = `archive ${archive.name}: index.json`;
  let index = parseIndex(await archive.read('index.json'), what);
  if (options.image !== undefined) {
    index = { ...index, manifests: index.manifests.filter((entry) => nameOf(entry) === options.image) };
  }
  let descriptor = choose(index, archive, options);
  for (let depth = 0; depth < maxDepth; depth++) {
    const { mediaType, digest, size } = descriptor;
    const bytes = await readChecked(archive, descriptor);
    const document = parseDocument(bytes, `manifest ${digest}`);
    if (!('manifests' in document)) return { descriptor: { mediaType, digest, size }, bytes, manifest: document };
    descriptor = choose(document, archive, options);
  }
  throw new OciError('invalid', `${what}: indexes of indexes, too deep`);
}

/** Every blob goes in as it is, under the digest that it must have. */
export async function ociImage(layout: Layout, archive: Archive, options: ImportOptions): Promise<Descriptor> {
  const { descriptor, bytes, manifest } = await findManifest(archive, options);
  await layout.putBlob(bytes, descriptor);
  await copyBlobs(layout, archive, manifest, options);
  return descriptor;
}

/** A document that must be what leads to it says. @throws OciError */
export async function readChecked(archive: Archive, { digest, size }: Descriptor): Promise<Buffer> {
  if (size > maxDocumentBytes) throw new OciError('too-large', `blob ${digest}: ${size} bytes`);
  const bytes = await archive.read(blobPath({ digest }));
  if (bytes.length !== size) {
    throw new OciError('mismatch', `blob ${digest}: not the ${size} bytes that were expected, but ${bytes.length}`);
  }
  if (digestOf(bytes) === digest) return bytes;
  throw new OciError('mismatch', `blob ${digest}: the content is ${digestOf(bytes)}`);
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

export function blobPath({ digest }: Pick<Descriptor, 'digest'>): string {
  return `blobs/sha256/${digestHex(digest)}`;
}
