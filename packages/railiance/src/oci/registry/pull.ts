import { parseConfig } from '../documents.ts';
import type { Layout } from '../layout.ts';
import { all, Permits } from '../permits.ts';
import type { Descriptor, Digest, Index, Manifest, Platform } from '../types.ts';
import { RegistryError } from './registryError.ts';
import type { FetchedManifest, Repository } from './repository.ts';

export interface PullOptions {
  /** Tag or digest. */
  readonly reference: string;
  /** Which image of an index; this machine's unless given. */
  readonly platform?: Platform | undefined;
  /** Name in the layout. */
  readonly name: string;
  readonly onProgress?: ((progress: { readonly doneBytes: number; readonly totalBytes: number }) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface PullResult {
  readonly configDigest: Digest;
  readonly manifestDigest: Digest;
  readonly receivedBytes: number;
}

const parallel = 4;

/**
 * Fetches one image into a layout, byte for byte; blobs that are there are not fetched again.
 * @throws RegistryError `missing` where the registry does not have it, `mismatch` where content is not what its digest says
 */
export async function pullImage(repository: Repository, layout: Layout, options: PullOptions): Promise<PullResult> {
  const { reference, platform = thisPlatform(), name, onProgress, signal: outer } = options;
  const { bytes, digest, mediaType, size, document } = await fetchImage(repository, reference, platform, outer);
  const blobs = [...new Map([document.config, ...document.layers].map((blob) => [blob.digest, blob])).values()];
  const totalBytes = blobs.reduce((sum, blob) => sum + blob.size, 0);
  let doneBytes = 0;
  let receivedBytes = 0;
  const tell = (count: number) => {
    doneBytes += count;
    onProgress?.({ doneBytes, totalBytes });
  };
  const permits = new Permits(parallel);
  const fetchBlob = async (blob: Descriptor, signal: AbortSignal) => {
    if (await layout.hasBlob(blob.digest, blob.size)) return tell(blob.size);
    const received = (count: number) => {
      receivedBytes += count;
      tell(count);
    };
    await layout.putBlob(counted(repository.streamBlob(blob, signal), received), blob);
  };
  await all(
    outer,
    blobs
      .toSorted((a, b) => b.size - a.size)
      .map((blob) => (signal: AbortSignal) => permits.run(() => fetchBlob(blob, signal))),
  );
  parseConfig(await layout.readBlob(document.config.digest), `config ${document.config.digest}`);
  await layout.putBlob(bytes, { digest });
  await layout.tag(name, { mediaType, digest, size });
  return { configDigest: document.config.digest, manifestDigest: digest, receivedBytes };
}

export function thisPlatform(): Platform {
  const architectures: Readonly<Record<string, string>> = { x64: 'amd64', ia32: '386' };
  return { os: 'linux', architecture: architectures[process.arch] ?? process.arch };
}

/** The manifest of one image; where the reference is an index, of the image for that platform. */
export async function fetchImage(
  repository: Repository,
  reference: string,
  platform: Platform,
  signal?: AbortSignal,
): Promise<FetchedManifest & { readonly document: Manifest }> {
  const fetched = await existing(repository, reference, signal);
  const { document } = fetched;
  if (!('manifests' in document)) return { ...fetched, document };
  const chosen = choose(document, platform);
  if (chosen === undefined) {
    const wanted = `${platform.os}/${platform.architecture}`;
    throw new RegistryError('missing', `${repository.name}:${reference} has no image for ${wanted}`);
  }
  const child = await existing(repository, chosen.digest, signal);
  if ('manifests' in child.document) {
    throw new RegistryError('invalid', `${repository.name}:${reference}: an index within an index`);
  }
  return { ...child, document: child.document };
}

/** @throws RegistryError `missing` */
export async function existing(repository: Repository, reference: string, signal?: AbortSignal) {
  const fetched = await repository.manifest(reference, signal);
  if (fetched !== undefined) return fetched;
  const { host } = repository.transport.base;
  throw new RegistryError('missing', `${host}/${repository.name} has no image ${reference}`, { status: 404 });
}

function choose({ manifests }: Index, { os, architecture, variant }: Platform): Descriptor | undefined {
  const fitting = manifests.filter(({ platform }) => platform?.os === os && platform.architecture === architecture);
  return fitting.find(({ platform }) => platform?.variant === variant) ?? fitting[0];
}

async function* counted(content: AsyncIterable<Uint8Array>, received: (count: number) => void) {
  for await (const chunk of content) {
    yield chunk;
    received(chunk.length);
  }
}
