import { buildAgain, type Digest } from '../domain/artifact.ts';
import { exitCodes, Failure } from '../domain/failure.ts';
import type { ImageRepository, PublishedImage } from '../domain/registry.ts';
import {
  copyImage,
  type FetchedManifest,
  fetchImage,
  formatReference,
  type ImageSource,
  imageInLayout,
  type Manifest,
  OciError,
  openLayout,
  type PushProgress,
  pushImage,
  type Registry,
  type Repository,
  tagTaken,
  thisPlatform,
} from '../oci/index.ts';
import type { Publication, PublishRequest } from './imageRegistry.ts';
import { layerFile } from './layerFiles.ts';
import { registryFailure } from './registryFailure.ts';
import { type RegistryReference, referenceOf } from './registryReference.ts';

export interface Registries {
  /** Connections to a registry by its host and port, at the address that images are pushed to. */
  readonly open: (host: string) => Registry;
  /** Where it is kept what layers are called in which repository. Safe to delete. */
  readonly memoryDir: string;
}

export function referenceFor({ pull }: ImageRepository, tag: string, digest: Digest): string {
  return formatReference({ ...referenceOf(pull), tag, digest });
}

/** Puts an image under its tag: found there, else copied from where it was pushed before, else pushed from the layout. */
export async function publishImage(request: PublishRequest, registries: Registries): Promise<Publication> {
  const { artifact, repository, signal } = request;
  const { tag } = artifact.revision;
  const to = referenceOf(repository.push);
  return registryFailure(
    actionOf(request),
    async () => {
      const registry = registries.open(to.registry);
      try {
        const target = registry.repository(to.repository, 'push');
        const there = await target.manifest(tag, signal);
        const known = await isThisImage(there, request, target);
        const sent = known ? undefined : await send(target, request, registries);
        const manifestDigest = sent?.manifestDigest ?? (there as FetchedManifest).digest;
        const reference = referenceFor(repository, tag, manifestDigest);
        return { reference, manifestDigest, unchanged: known, sentBytes: sent?.sentBytes ?? 0 };
      } finally {
        registry.close();
      }
    },
    `${repository.push}:${tag}`,
  );
}

/** @throws OciError where the tag names another image */
async function isThisImage(
  there: FetchedManifest | undefined,
  request: PublishRequest,
  target: Repository,
): Promise<boolean> {
  if (there === undefined) return false;
  const { artifact, published, signal } = request;
  if (there.digest === published?.manifestDigest) return true;
  const { config } = await manifestIn(target, there, signal);
  if (config.digest === artifact.configDigest) return true;
  throw tagTaken(there);
}

/** The manifest itself, or of an index the one for a machine like this. */
export async function manifestIn(
  repository: Repository,
  root: FetchedManifest,
  signal?: AbortSignal,
): Promise<Manifest> {
  if (!('manifests' in root.document)) return root.document;
  return (await fetchImage(repository, root.digest, thisPlatform(), signal)).document;
}

function actionOf({ artifact, repository }: PublishRequest): string {
  return `push ${repository.push}:${artifact.revision.tag}`;
}

interface Sent {
  readonly manifestDigest: Digest;
  readonly sentBytes: number;
}

async function send(target: Repository, request: PublishRequest, { open, memoryDir }: Registries): Promise<Sent> {
  const { artifact, published, repository, earlier, signal, progress } = request;
  const { tag } = artifact.revision;
  const before = published && referenceOf(published.reference);
  const pulledFrom = referenceOf(repository.pull);
  if (published && before?.registry === pulledFrom.registry && before.repository === pulledFrom.repository) {
    const there = await target.manifest(published.manifestDigest, signal);
    if (there) return copyImage(target, target, { reference: there.digest, tag, fixedTag: true, signal });
  }
  const image = await imageHere(request);
  if (image) {
    const onProgress = ({ doneBytes: done, totalBytes: total, sentBytes }: PushProgress) =>
      progress({ kind: 'bytes', text: `${(sentBytes / 1e6).toFixed(1)} MB sent`, done, total });
    const memory = layerFile(memoryDir, repository.push);
    return pushImage(target, image, { tag, fixedTag: true, earlier, memory, signal, onProgress });
  }
  if (published && before) return copyFrom(before, published, target, request, open);
  throw new Failure(actionOf(request), 'the image is neither on this machine nor at the registry', {
    hint: buildAgain(artifact),
    exitCode: exitCodes.invalidInput,
  });
}

async function copyFrom(
  { registry: host, repository }: RegistryReference,
  { manifestDigest }: PublishedImage,
  target: Repository,
  { artifact, signal, progress }: PublishRequest,
  open: Registries['open'],
): Promise<Sent> {
  const registry = open(host);
  let done = 0;
  const onSent = (bytes: number) => {
    done += bytes;
    progress({ kind: 'bytes', text: 'copied', done });
  };
  try {
    const from = registry.repository(repository, 'pull');
    const options = { reference: manifestDigest, tag: artifact.revision.tag, fixedTag: true, signal, onSent };
    return await copyImage(from, target, options);
  } finally {
    registry.close();
  }
}

/** The image in the layout of this machine; undefined where it is not there. */
async function imageHere({ layoutDir, artifact }: PublishRequest): Promise<ImageSource | undefined> {
  try {
    return await imageInLayout(await openLayout(layoutDir), artifact.manifestDigest);
  } catch (error) {
    if (error instanceof OciError && error.code === 'missing') return undefined;
    throw error;
  }
}
