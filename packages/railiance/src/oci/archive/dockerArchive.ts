import { parseConfig } from '../documents.ts';
import type { Layout } from '../layout.ts';
import { OciError, quoted } from '../ociError.ts';
import { type Descriptor, type Digest, type Manifest, mediaTypes } from '../types.ts';
import type { Archive } from './archive.ts';
import { decompressed, interruptible } from './decompress.ts';
import type { ImportOptions } from './importArchive.ts';

/** https://github.com/moby/docker-image-spec/blob/main/spec.md#combined-image-json--filesystem-changeset-format */
interface DockerEntry {
  readonly Config: string;
  readonly RepoTags: readonly string[];
  readonly Layers: readonly string[];
}

/** An image of a `docker-archive`, as far as its documents tell. */
export interface DockerContents {
  readonly configBytes: Buffer;
  /** Lowest first. */
  readonly layers: readonly { readonly diffId: Digest; readonly path: string }[];
}

/** @throws OciError where the archive does not hold one image of that name */
export async function dockerContents(archive: Archive, image: string | undefined): Promise<DockerContents> {
  const { Config, Layers } = chosen(await readEntries(archive), archive, image);
  const configBytes = await archive.read(Config);
  const { rootfs } = parseConfig(configBytes, `archive ${archive.name}: ${Config}`);
  if (rootfs.diff_ids.length !== Layers.length) {
    throw new OciError(
      'invalid',
      `archive ${archive.name}: ${rootfs.diff_ids.length} diffIDs, ${Layers.length} layers`,
    );
  }
  return { configBytes, layers: rootfs.diff_ids.map((diffId, index) => ({ diffId, path: Layers[index] ?? '' })) };
}

/** Layers go in uncompressed, as the config knows them. */
export async function dockerImage(layout: Layout, archive: Archive, options: ImportOptions): Promise<Descriptor> {
  const { configBytes, layers: found } = await dockerContents(archive, options.image);
  const layers: Descriptor[] = [];
  for (const { diffId: digest, path } of found) {
    const known = { digest, size: archive.sizeOf(path) };
    // A plain layer has the size that the layout must have; a compressed one is read again, to be sure.
    const stored = (await layout.hasBlob(digest, known.size))
      ? known
      : await layout.putBlob(decompressed(source(archive, path, options), `archive ${archive.name}: ${path}`), {
          digest,
        });
    layers.push({ mediaType: mediaTypes.layer, ...stored });
  }
  const config = { mediaType: mediaTypes.config, ...(await layout.putBlob(configBytes)) };
  const manifest: Manifest = { schemaVersion: 2, mediaType: mediaTypes.manifest, config, layers };
  return { mediaType: mediaTypes.manifest, ...(await layout.putBlob(Buffer.from(JSON.stringify(manifest)))) };
}

function source(archive: Archive, path: string, { signal }: ImportOptions): AsyncIterable<Uint8Array> {
  return interruptible(archive.stream(path), signal);
}

async function readEntries(archive: Archive): Promise<readonly DockerEntry[]> {
  const refuse = (why: string, cause?: unknown) =>
    new OciError('invalid', `archive ${archive.name}: manifest.json ${why}`, cause);
  let value: unknown;
  try {
    value = JSON.parse((await archive.read('manifest.json')).toString('utf8'));
  } catch (error) {
    if (error instanceof OciError) throw error;
    throw refuse('is not JSON', error);
  }
  if (!Array.isArray(value) || value.length === 0) throw refuse('names no image');
  return value.map((entry: Partial<DockerEntry> | null) => {
    const isText = (text: unknown) => typeof text === 'string';
    const { Config, Layers, RepoTags } = entry ?? {};
    if (!isText(Config) || !Array.isArray(Layers) || !Layers.every(isText))
      throw refuse('has an entry that is no image');
    return { Config: String(Config), Layers, RepoTags: Array.isArray(RepoTags) ? RepoTags.filter(isText) : [] };
  });
}

function chosen(entries: readonly DockerEntry[], archive: Archive, image: string | undefined): DockerEntry {
  const found = image === undefined ? entries : entries.filter(({ RepoTags }) => RepoTags.includes(image));
  const [only] = found;
  if (only !== undefined && found.length === 1) return only;
  const tags = entries.flatMap(({ RepoTags }) => RepoTags);
  const wanted = image === undefined ? 'which image is not said' : `not one image ${quoted(image)}`;
  throw new OciError('missing', `archive ${archive.name}: ${wanted}; it holds ${quoted(tags.join(', '))}`);
}
