import { readFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';

import { replaceDurably } from '../files/durableFile.ts';
import { type BlobContent, Blobs, type Expected } from './blobs.ts';
import { assertComplete, type Collected, reachable, sweep } from './collect.ts';
import type { Measured } from './digest.ts';
import { assertDescriptor, parseConfig, parseIndex, parseManifest } from './documents.ts';
import { assertRefName, LayoutIndex, named, nameOf, readable, type Tagged } from './layoutIndex.ts';
import { OciError, quoted } from './ociError.ts';
import { type Descriptor, type Digest, type ImageConfig, type Index, type Manifest, mediaTypes } from './types.ts';

/**
 * A folder of images that share their blobs, safe for several processes at once.
 * https://github.com/opencontainers/image-spec/blob/main/image-layout.md
 */
export interface Layout {
  readonly directory: string;
  /** Stores content durably and returns what it is. @throws OciError `mismatch` where it is not what was expected */
  putBlob(content: BlobContent, expected?: Expected): Promise<Measured>;
  /** Asking also protects the blob from a clean-up that runs meanwhile. A blob of another size is damaged, so not there. */
  hasBlob(digest: Digest, size?: number): Promise<boolean>;
  /** A blob of at most `limitBytes` (4 MiB), checked. @throws OciError `missing`, `mismatch`, `too-large` */
  readBlob(digest: Digest, limitBytes?: number): Promise<Buffer>;
  /** A blob of any size; ends with OciError `mismatch` where the file is damaged. */
  streamBlob(digest: Digest): AsyncGenerator<Uint8Array, void, undefined>;
  /** Where the blob is or would be. */
  blobPath(digest: Digest): string;
  manifest(digest: Digest): Promise<Manifest>;
  index(digest: Digest): Promise<Index>;
  config(digest: Digest): Promise<ImageConfig>;
  /** Names an image, moving the name where it is taken. @throws OciError `missing` unless every blob is here */
  tag(name: string, descriptor: Descriptor): Promise<void>;
  /** @throws OciError `missing` */
  resolve(name: string): Promise<Descriptor>;
  list(): Promise<readonly Tagged[]>;
  /** Takes a name away; its blobs stay until `collect`. True where the name was there. */
  remove(name: string): Promise<boolean>;
  /** Removes blobs that neither a tagged image nor one of `keep` (digests of manifests or indexes) needs. */
  collect(keep: Iterable<Digest>, options?: CollectOptions): Promise<Collected>;
}

export interface CollectOptions {
  /** Blobs written or asked for within this time stay: a build may be about to tag them. One hour unless given. */
  readonly graceMs?: number;
}

const defaultGraceMs = 60 * 60 * 1000;
const layoutFile = JSON.stringify({ imageLayoutVersion: '1.0.0' });

/** Opens an image layout, making an empty one where there is none. @throws OciError `invalid` for another version */
export async function openLayout(directory: string): Promise<Layout> {
  const blobs = new Blobs(directory);
  const index = new LayoutIndex(directory);
  if (!isLayout(directory)) await createLayout(directory, index);
  blobs.prepare();

  return {
    directory,
    putBlob: (content, expected) => blobs.put(content, expected),
    hasBlob: (digest, size) => blobs.has(digest, size),
    readBlob: (digest, limitBytes) => blobs.read(digest, limitBytes),
    streamBlob: (digest) => blobs.stream(digest),
    blobPath: (digest) => blobs.path(digest),
    manifest: async (digest) => parseManifest(await blobs.read(digest), `manifest ${digest}`),
    index: async (digest) => parseIndex(await blobs.read(digest), `index ${digest}`),
    config: async (digest) => parseConfig(await blobs.read(digest), `config ${digest}`),
    tag: async (name, descriptor) => {
      assertRefName(name);
      assertDescriptor(descriptor, `tag ${name}`);
      // Checked under the lock that a clean-up takes too: a name never leads to an image with a hole.
      await index.update(async (entries) => {
        await assertComplete(blobs, name, descriptor.digest);
        return [...entries.filter((entry) => nameOf(entry) !== name), named(name, descriptor)];
      });
    },
    resolve: async (name) => {
      const found = (await index.read()).manifests.find((entry) => nameOf(entry) === name);
      if (found === undefined) throw new OciError('missing', `${directory}: no image is named ${quoted(name)}`);
      return found;
    },
    list: async () => tagged((await index.read()).manifests),
    remove: async (name) => {
      let removed = false;
      await index.update(async (entries) => {
        removed = entries.some((entry) => nameOf(entry) === name);
        return removed ? entries.filter((entry) => nameOf(entry) !== name) : entries;
      });
      return removed;
    },
    collect: (keep, { graceMs = defaultGraceMs } = {}) =>
      index.exclusively(async () => {
        const roots = [...(await index.read()).manifests.map(({ digest }) => digest), ...keep];
        return sweep(blobs, await reachable(blobs, roots, 'skip'), graceMs);
      }),
  };
}

function tagged(entries: readonly Descriptor[]): Tagged[] {
  return entries.flatMap((descriptor) => {
    const name = nameOf(descriptor);
    return name === undefined ? [] : [{ name, descriptor }];
  });
}

function isLayout(directory: string): boolean {
  const file = join(directory, 'oci-layout');
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
  if (/"imageLayoutVersion"\s*:\s*"1\.0\.0"/.test(text)) return true;
  throw new OciError('invalid', `${file}: not an image layout of version 1.0.0`);
}

async function createLayout(directory: string, index: LayoutIndex): Promise<void> {
  await mkdir(directory, { recursive: true });
  await index.exclusively(async () => {
    if (isLayout(directory)) return;
    const empty: Index = { schemaVersion: 2, mediaType: mediaTypes.index, manifests: [] };
    await replaceDurably(index.file, JSON.stringify(empty), readable);
    // Last, because it is what says that the rest is there.
    await replaceDurably(join(directory, 'oci-layout'), layoutFile, readable);
  });
}
