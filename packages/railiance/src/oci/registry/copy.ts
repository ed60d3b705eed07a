import { all, Permits } from '../permits.ts';
import type { Descriptor, Digest } from '../types.ts';
import { descend } from './descend.ts';
import { existing } from './pull.ts';
import { tagTaken } from './push.ts';
import type { Repository } from './repository.ts';
import { Uploads } from './uploads.ts';

export interface CopyOptions {
  /** Tag or digest at the source. */
  readonly reference: string;
  readonly tag: string;
  /** A tag that names another manifest is left as it is. @throws OciError (taken) */
  readonly fixedTag?: boolean | undefined;
  readonly onSent?: ((bytes: number) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface CopyResult {
  readonly manifestDigest: Digest;
  readonly sentBytes: number;
  /** Blobs that were there, mounted, or sent. */
  readonly blobs: { readonly reused: number; readonly mounted: number; readonly sent: number };
}

const parallel = 4;

/**
 * Copies an image or an index with all its images, byte for byte: the digests stay. Within one registry blobs are mounted,
 * else they flow through in bounded memory.
 */
export async function copyImage(from: Repository, to: Repository, options: CopyOptions): Promise<CopyResult> {
  const { reference, tag, fixedTag = false, onSent, signal: outer } = options;
  const root = await existing(from, reference, outer);
  if (fixedTag) await assertFree(to, tag, root.digest, outer);
  const manifests = await descend(from, root, outer);
  const blobs = new Map<Digest, Descriptor>();
  for (const { document } of manifests) {
    if ('manifests' in document) continue;
    for (const blob of [document.config, ...document.layers]) blobs.set(blob.digest, blob);
  }
  const counts = { reused: 0, mounted: 0, sent: 0 };
  let sentBytes = 0;
  const uploads = new Uploads(to);
  const copyBlob = async (blob: Descriptor, signal: AbortSignal) => {
    if ((await to.blobSize(blob.digest, signal)) !== undefined) counts.reused += 1;
    else if (sameRegistry(from, to) && (await uploads.mount(blob.digest, from.name, signal))) counts.mounted += 1;
    else {
      const count = (bytes: number) => {
        sentBytes += bytes;
        onSent?.(bytes);
      };
      const content = { known: blob, open: () => from.streamBlob(blob, signal) };
      await uploads.putStream(content, { signal, onSent: count });
      counts.sent += 1;
    }
  };
  const permits = new Permits(parallel);
  await all(
    outer,
    [...blobs.values()]
      .toSorted((a, b) => b.size - a.size)
      .map((blob) => (signal: AbortSignal) => permits.run(() => copyBlob(blob, signal))),
  );
  // Copying took a while: somebody else may have taken the name.
  if (fixedTag) await assertFree(to, tag, root.digest, outer);
  // Children before the indexes that name them; the tag last.
  for (const { digest, bytes, mediaType } of manifests.toReversed()) {
    await to.putManifest(digest === root.digest ? tag : digest, bytes, mediaType, outer);
  }
  return { manifestDigest: root.digest, sentBytes, blobs: counts };
}

async function assertFree(to: Repository, tag: string, digest: Digest, signal: AbortSignal | undefined): Promise<void> {
  const there = await to.manifest(tag, signal);
  if (there !== undefined && there.digest !== digest) throw tagTaken(there);
}

function sameRegistry(from: Repository, to: Repository): boolean {
  return from.transport.base.href === to.transport.base.href && from.name !== to.name;
}
