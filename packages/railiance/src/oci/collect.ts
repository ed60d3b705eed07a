import { lstat, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

import type { Blobs } from './blobs.ts';
import { isDigest } from './digest.ts';
import { parseIndex, parseManifest } from './documents.ts';
import { OciError } from './ociError.ts';
import { type Descriptor, type Digest, mediaTypes } from './types.ts';

export interface Collected {
  readonly removed: readonly Digest[];
  readonly freedBytes: number;
}

/**
 * Digests of everything an image needs: itself, config and layers, and for an index all of its children.
 * @throws OciError `missing` where a manifest or an index is not in the layout
 */
export async function reachable(blobs: Blobs, roots: Iterable<Descriptor>): Promise<Set<Digest>> {
  const found = new Set<Digest>();
  const pending = [...roots];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    if (found.has(next.digest)) continue;
    found.add(next.digest);
    const what = `manifest ${next.digest}`;
    if (isIndex(next)) {
      pending.push(...parseIndex(await blobs.read(next.digest), what).manifests);
    } else if (isManifest(next)) {
      const { config, layers } = parseManifest(await blobs.read(next.digest), what);
      for (const { digest } of [config, ...layers]) found.add(digest);
    }
  }
  return found;
}

export function isIndex({ mediaType }: Descriptor): boolean {
  return mediaType === mediaTypes.index || mediaType === mediaTypes.dockerManifestList;
}

function isManifest({ mediaType }: Descriptor): boolean {
  return mediaType === mediaTypes.manifest || mediaType === mediaTypes.dockerManifest;
}

/** Removes blobs that are neither kept nor younger than `graceMs`, and what crashed writers left behind. */
export async function sweep(blobs: Blobs, keep: ReadonlySet<Digest>, graceMs: number): Promise<Collected> {
  const removed: Digest[] = [];
  let freedBytes = 0;
  for (const hex of await readdir(blobs.folder)) {
    const digest = `sha256:${hex}`;
    if (!isDigest(digest) || keep.has(digest)) continue;
    const bytes = await removeIfOld(join(blobs.folder, hex), graceMs);
    if (bytes === undefined) continue;
    removed.push(digest);
    freedBytes += bytes;
  }
  for (const name of await readdir(blobs.ingest)) {
    freedBytes += (await removeIfOld(join(blobs.ingest, name), Math.max(graceMs, ingestGraceMs))) ?? 0;
  }
  return { removed, freedBytes };
}

/** Writers touch their file all the time; one that did not for an hour has died. */
const ingestGraceMs = 60 * 60 * 1000;

async function removeIfOld(file: string, graceMs: number): Promise<number | undefined> {
  const { size, mtimeMs } = await lstat(file);
  if (Date.now() - mtimeMs < graceMs) return undefined;
  await rm(file, { force: true });
  return size;
}

/** Every blob of an image that the layout does not hold. */
export async function missingBlobs(blobs: Blobs, root: Descriptor): Promise<Digest[]> {
  const missing: Digest[] = [];
  for (const digest of await reachable(blobs, [root])) {
    if ((await blobs.size(digest)) === undefined) missing.push(digest);
  }
  return missing;
}

export function assertComplete(missing: readonly Digest[], name: string): void {
  if (missing.length === 0) return;
  throw new OciError('missing', `tag ${name}: the layout lacks ${missing.slice(0, 3).join(', ')}`);
}
