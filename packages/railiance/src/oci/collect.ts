import { lstat, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

import type { Blobs } from './blobs.ts';
import { isDigest } from './digest.ts';
import { parseDocument } from './documents.ts';
import { OciError } from './ociError.ts';
import type { Digest } from './types.ts';

export interface Collected {
  readonly removed: readonly Digest[];
  readonly freedBytes: number;
}

/** Digests of everything that manifests and indexes need: themselves, configs and layers, and all children. */
export async function reachable(
  blobs: Blobs,
  roots: Iterable<Digest>,
  absent: 'refuse' | 'skip',
): Promise<Set<Digest>> {
  const found = new Set<Digest>();
  const pending = [...roots];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    if (found.has(next)) continue;
    if (absent === 'skip' && (await blobs.size(next)) === undefined) continue;
    found.add(next);
    const document = parseDocument(await blobs.read(next), `manifest ${next}`);
    if ('manifests' in document) pending.push(...document.manifests.map(({ digest }) => digest));
    else for (const { digest } of [document.config, ...document.layers]) found.add(digest);
  }
  return found;
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

/** @throws OciError `missing` unless the layout holds every blob of the image */
export async function assertComplete(blobs: Blobs, name: string, root: Digest): Promise<void> {
  for (const digest of await reachable(blobs, [root], 'refuse')) {
    if ((await blobs.size(digest)) === undefined) {
      throw new OciError('missing', `tag ${name}: the layout lacks blob ${digest}`);
    }
  }
}
