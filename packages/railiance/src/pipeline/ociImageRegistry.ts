import {
  type Access,
  fetchImage,
  listTags,
  openLayout,
  parseConfig,
  pullImage,
  type RemovableImage,
  type Repository,
  removeTags,
  thisPlatform,
} from '../oci/index.ts';
import { imageArtifact } from './imageArtifact.ts';
import type { FoundImage, ImageRegistry, WantedImage } from './imageRegistry.ts';
import { manifestIn, publishImage, type Registries, referenceFor } from './publishImage.ts';
import { registryFailure } from './registryFailure.ts';
import { referenceOf } from './registryReference.ts';

/** Images of real registries. The address for pulling is only handed on: it may be one that only a cluster reaches. */
export function createImageRegistry(registries: Registries): ImageRegistry {
  async function at<T>(
    action: string,
    address: string,
    use: (repository: Repository) => Promise<T>,
    access: Access = 'pull',
  ): Promise<T> {
    const { registry: host, repository } = referenceOf(address);
    return registryFailure(action, async () => {
      const registry = registries.open(host);
      try {
        return await use(registry.repository(repository, access));
      } finally {
        registry.close();
      }
    });
  }
  const ask = <T>(verb: string, wanted: WantedImage, use: (repository: Repository) => Promise<T>) =>
    at(`${verb} ${labelOf(wanted)}`, wanted.repository.push, use);
  return {
    find: (wanted) => ask('look for', wanted, (repository) => findImage(repository, wanted)),

    missing: (wanted) =>
      ask('look at', wanted, async (repository) => {
        const { document } = await fetchImage(repository, rootOf(wanted), thisPlatform(), wanted.signal);
        const blobs = [document.config, ...document.layers];
        const sizes = await Promise.all(blobs.map(({ digest }) => repository.blobSize(digest, wanted.signal)));
        return blobs.filter(({ size }, at) => sizes[at] !== size).map(({ digest }) => digest);
      }),

    fetch: (wanted, layoutDir, progress) =>
      ask('fetch', wanted, async (repository) => {
        const { app, tag, signal } = wanted;
        const onProgress = ({ doneBytes: done, totalBytes: total }: { doneBytes: number; totalBytes: number }) =>
          progress({ kind: 'bytes', text: 'fetched', done, total });
        const options = { reference: rootOf(wanted), name: `${app}:${tag}`, signal, onProgress };
        await pullImage(repository, await openLayout(layoutDir), options);
      }),

    publish: (request) => publishImage(request, registries),

    tags: ({ push }, signal) =>
      at(`list the tags of ${push}`, push, async (repository) => {
        const tags: string[] = [];
        for await (const tag of listTags(repository, signal)) tags.push(tag);
        return tags;
      }),

    remove: ({ repository: { push }, spare, progress, ...options }) => {
      const onProgress = ({ done, total }: { readonly done: number; readonly total: number }) =>
        progress({ kind: 'note', text: `${done} of ${total} removed` });
      const spareImage = ({ configDigests }: RemovableImage) => spare(configDigests);
      const all = { ...options, spare: spareImage, onProgress };
      return at(`clean ${push} up`, push, (repository) => removeTags(repository, all), 'delete');
    },
  };
}

/** An index is found by its own digest; what it is made of is told by the image for a machine like this one. */
async function findImage(repository: Repository, wanted: WantedImage): Promise<FoundImage | undefined> {
  const { app, tag, signal } = wanted;
  const root = await repository.manifest(rootOf(wanted), signal);
  if (root === undefined) return undefined;
  const manifest = await manifestIn(repository, root, signal);
  const bytes = await repository.readBlob(manifest.config.digest, undefined, signal);
  const config = parseConfig(bytes, `config of ${labelOf(wanted)}`);
  return {
    artifact: imageArtifact({ app, tag, manifestDigest: root.digest, manifest, config }),
    published: { reference: referenceFor(wanted.repository, tag, root.digest), manifestDigest: root.digest },
  };
}

function labelOf({ repository, tag }: WantedImage): string {
  return `${repository.push}:${tag}`;
}

function rootOf({ tag, published }: WantedImage): string {
  return published?.manifestDigest ?? tag;
}
