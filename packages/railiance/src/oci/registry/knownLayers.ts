import { parseConfig } from '../documents.ts';
import type { Descriptor, Digest } from '../types.ts';
import type { FetchedManifest, Repository } from './repository.ts';
import { listTags } from './tags.ts';

/** Of a repository nobody knows an earlier image of, so many are looked at: their stable layers are mostly the same. */
const sampledTags = 4;

/**
 * What uncompressed layers are called as blobs of this repository, from images that are in it: the layers of a manifest
 * stand in the order of the diff ids of its configuration. Only for layers pushed with the same credentials: the
 * configuration is what its author said, not what the registry has proved.
 */
export async function knownLayers(
  repository: Repository,
  images: readonly FetchedManifest[],
  signal?: AbortSignal,
): Promise<Map<Digest, Descriptor>> {
  const known = new Map<Digest, Descriptor>();
  const maps = await Promise.all(
    images.map(async ({ document }) => {
      if ('manifests' in document) return [];
      const bytes = await repository.readBlob(document.config.digest, undefined, signal).catch(() => undefined);
      if (bytes === undefined) return [];
      const { diff_ids: diffIds } = parseConfig(bytes, `config ${document.config.digest}`).rootfs;
      if (diffIds.length !== document.layers.length) return [];
      return document.layers.map((layer, at) => [diffIds[at], layer] as const);
    }),
  );
  for (const [diffId, layer] of maps.flat()) if (diffId !== undefined) known.set(diffId, layer);
  return known;
}

/** Manifests of the tags or digests that are there; without any, of the last few tags of the repository. */
export async function earlierImages(
  repository: Repository,
  references: readonly string[],
  signal?: AbortSignal,
): Promise<readonly FetchedManifest[]> {
  const named = await fetchAll(repository, references, signal);
  if (named.length > 0) return named;
  let last: readonly string[] = [];
  for await (const tag of listTags(repository, signal)) last = [...last.slice(1 - sampledTags), tag];
  return fetchAll(repository, last, signal);
}

async function fetchAll(repository: Repository, references: readonly string[], signal: AbortSignal | undefined) {
  const fetched = await Promise.all(references.map((reference) => repository.manifest(reference, signal)));
  return fetched.filter((manifest) => manifest !== undefined);
}
