import { maxDocumentBytes } from '../documents.ts';
import type { Digest } from '../types.ts';
import { existing } from './pull.ts';
import { RegistryError } from './registryError.ts';
import type { FetchedManifest, Repository } from './repository.ts';

const maxManifests = 1000;

/**
 * A manifest and everything below it, parents first, each once.
 * @throws RegistryError `missing` where an index names what is not there, unless that is to be skipped
 */
export async function descend(
  from: Repository,
  root: FetchedManifest,
  signal: AbortSignal | undefined,
  absent: 'refuse' | 'skip' = 'refuse',
): Promise<readonly FetchedManifest[]> {
  const read = (digest: Digest) =>
    absent === 'refuse' ? existing(from, digest, signal) : from.manifest(digest, signal);
  const found = new Map<Digest, FetchedManifest>([[root.digest, root]]);
  for (const { document } of found.values()) {
    if (!('manifests' in document)) continue;
    for (const { digest, size } of document.manifests) {
      if (found.size >= maxManifests) throw new RegistryError('too-large', `more than ${maxManifests} manifests`);
      if (size > maxDocumentBytes) throw new RegistryError('too-large', `manifest ${digest}: ${size} bytes`);
      // Again at the end: an index may name what another one named before.
      const child = found.get(digest) ?? (await read(digest));
      if (child === undefined) continue;
      found.delete(digest);
      found.set(digest, child);
    }
  }
  return [...found.values()];
}

/**
 * Configurations of the images that a tag or a digest names: one, or of an index all. Undefined where there is no such image.
 * Parts of an index that are not there are left out.
 */
export async function configDigests(
  repository: Repository,
  reference: string,
  signal?: AbortSignal,
): Promise<readonly Digest[] | undefined> {
  const root = await repository.manifest(reference, signal);
  if (root === undefined) return undefined;
  const all = await descend(repository, root, signal, 'skip');
  return all.flatMap(({ document }) => ('config' in document ? [document.config.digest] : []));
}
