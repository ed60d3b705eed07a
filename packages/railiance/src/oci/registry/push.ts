import { OciError } from '../ociError.ts';
import { all } from '../permits.ts';
import { type Descriptor, type Digest, type Manifest, mediaTypes } from '../types.ts';
import type { ImageSource, LayerSource } from './imageSource.ts';
import { earlierImages, knownLayers } from './knownLayers.ts';
import { type LayerMemory, noMemory } from './layerMemory.ts';
import type { Compression } from './layerUpload.ts';
import { RegistryError } from './registryError.ts';
import type { FetchedManifest, Repository } from './repository.ts';
import { Uploads } from './uploads.ts';

export interface PushProgress {
  /** Of the image's layers, as they are here; layers that the registry has count at once. */
  readonly doneBytes: number;
  readonly totalBytes: number;
  /** What went over the wire. */
  readonly sentBytes: number;
}

export interface PushOptions {
  readonly tag: string;
  /** A tag that names another image is left as it is. @throws OciError (taken) */
  readonly fixedTag?: boolean | undefined;
  /** Tags or digests of the repository that were pushed before, to know layers by. Otherwise its last tags are looked at. */
  readonly earlier?: readonly string[] | undefined;
  /** What earlier pushes to the repository found out. */
  readonly memory?: LayerMemory | undefined;
  readonly compression?: Compression | undefined;
  readonly onProgress?: ((progress: PushProgress) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface PushedLayer extends Descriptor {
  readonly diffId: Digest;
  readonly reused: boolean;
}

export interface PushResult {
  /** The tag named this very image already, so nothing was sent. */
  readonly unchanged: boolean;
  readonly configDigest: Digest;
  /** As it is in the registry: the first push decides it. */
  readonly manifestDigest: Digest;
  readonly mediaType: string;
  readonly layers: readonly PushedLayer[];
  readonly sentBytes: number;
}

/**
 * Pushes an image; one that is given as a function is read while the registry is asked. Needs no memory of earlier pushes: where the tag names the same configuration, the layers are the same
 * and nothing is done; else the manifests and configurations that are there tell which layers are. The manifest is
 * written when every blob of it is there.
 * @throws RegistryError, and OciError `mismatch` where a layer is not what the configuration says
 */
export async function pushImage(
  repository: Repository,
  source: ImageSource | (() => Promise<ImageSource>),
  options: PushOptions,
): Promise<PushResult> {
  const { tag, memory = noMemory, signal } = options;
  const asked = repository.manifest(tag, signal);
  const image = typeof source === 'function' ? await whileAsking(asked, source) : source;
  const current = await asked;
  if (current !== undefined && names(current, image)) return unchanged(current, image);
  if (current !== undefined && options.fixedTag) throw tagTaken(current);
  const known = new Map(await memory.known());
  if (image.layers.some(({ blob, diffId }) => blob === undefined && !known.has(diffId))) {
    const images = current ? [current] : await earlierImages(repository, options.earlier ?? [], signal);
    for (const [diffId, layer] of await knownLayers(repository, images, signal)) known.set(diffId, layer);
  }
  try {
    return await send(repository, image, options, known);
  } catch (error) {
    // A blob that was there has gone meanwhile: then nothing is taken for there.
    if (known.size === 0 || !isBlobUnknown(error)) throw error;
    return send(repository, image, options, new Map());
  }
}

/** Reads the image once the question is on its way. */
async function whileAsking<T>(asked: Promise<unknown>, read: () => Promise<T>): Promise<T> {
  // Whoever reads says first what is wrong; the registry's failure is seen after.
  asked.catch(() => {});
  await new Promise((resolve) => setImmediate(resolve));
  return read();
}

export function tagTaken({ digest }: FetchedManifest): OciError {
  const words = `the registry has another image of that name, ${digest.slice(0, 19)}, and a tag is never moved`;
  return new OciError('taken', words);
}

function names({ document, digest }: FetchedManifest, { config, manifest }: ImageSource): boolean {
  if (manifest !== undefined) return manifest.descriptor.digest === digest;
  return !('manifests' in document) && document.config.digest === config.digest;
}

function unchanged({ document, digest, mediaType }: FetchedManifest, image: ImageSource): PushResult {
  const layers = 'manifests' in document ? [] : document.layers;
  return {
    unchanged: true,
    configDigest: image.config.digest,
    manifestDigest: digest,
    mediaType,
    layers: layers.map((layer, at) => ({ ...layer, diffId: image.layers[at]?.diffId ?? layer.digest, reused: true })),
    sentBytes: 0,
  };
}

async function send(
  repository: Repository,
  image: ImageSource,
  { tag, memory = noMemory, compression, onProgress, signal: outer }: PushOptions,
  known: ReadonlyMap<Digest, Descriptor>,
): Promise<PushResult> {
  // Compression is loaded when there is something to compress: most pushes have nothing to do.
  const { LayerUpload } = await import('./layerUpload.ts');
  const tally = new Tally(image, onProgress);
  const uploads = new Uploads(repository);
  const upload = new LayerUpload({ repository, uploads, compression, known, tally });
  // Largest first: what takes longest begins at once, and the small ones fill the gaps.
  const distinct = [...new Map(image.layers.map((layer) => [layer.diffId, layer])).values()];
  const order = distinct.toSorted((a, b) => b.sizeBytes - a.sizeBytes);
  const works = order.map((layer) => async (signal: AbortSignal) => {
    const pushed = await upload.put(layer, signal);
    if (!pushed.reused) await memory.keep(pushed);
    return pushed;
  });
  const config = async (signal: AbortSignal): Promise<undefined> => {
    const { digest } = image.config;
    if ((await repository.blobSize(digest, signal)) !== undefined) return;
    await uploads.putBytes(image.configBytes, digest, { signal, onSent: (bytes) => tally.sent(bytes) });
  };
  const pushed = (await all<PushedLayer | undefined>(outer, [config, ...works])).filter((one) => one !== undefined);
  const byDiffId = new Map(pushed.map((layer) => [layer.diffId, layer]));
  const layers = image.layers.map(({ diffId }) => byDiffId.get(diffId) as PushedLayer);
  const { bytes, mediaType } = image.manifest
    ? { bytes: image.manifest.bytes, mediaType: image.manifest.descriptor.mediaType }
    : manifestOf(image, layers);
  const manifestDigest = await repository.putManifest(tag, bytes, mediaType, outer);
  const { sentBytes } = tally;
  return { unchanged: false, configDigest: image.config.digest, manifestDigest, mediaType, layers, sentBytes };
}

function manifestOf({ config }: ImageSource, layers: readonly PushedLayer[]) {
  const manifest: Manifest = {
    schemaVersion: 2,
    mediaType: mediaTypes.manifest,
    config: { mediaType: mediaTypes.config, digest: config.digest, size: config.size },
    layers: layers.map(({ mediaType, digest, size }) => ({ mediaType, digest, size })),
  };
  return { bytes: Buffer.from(JSON.stringify(manifest)), mediaType: mediaTypes.manifest };
}

/** Counts, and tells. */
class Tally {
  sentBytes = 0;
  #doneBytes = 0;
  readonly #totalBytes: number;
  readonly #onProgress: PushOptions['onProgress'];

  constructor({ layers }: ImageSource, onProgress: PushOptions['onProgress']) {
    this.#totalBytes = layers.reduce((sum, { sizeBytes }: LayerSource) => sum + sizeBytes, 0);
    this.#onProgress = onProgress;
  }

  sent(bytes: number): void {
    this.sentBytes += bytes;
    this.#tell();
  }

  /** Negative where a layer has to be read again. */
  done(bytes: number): void {
    this.#doneBytes += bytes;
    this.#tell();
  }

  #tell(): void {
    const { sentBytes } = this;
    this.#onProgress?.({ doneBytes: this.#doneBytes, totalBytes: this.#totalBytes, sentBytes });
  }
}

function isBlobUnknown(error: unknown): boolean {
  const codes = ['BLOB_UNKNOWN', 'MANIFEST_BLOB_UNKNOWN'];
  return error instanceof RegistryError && error.method === 'PUT' && error.codes.some((code) => codes.includes(code));
}
