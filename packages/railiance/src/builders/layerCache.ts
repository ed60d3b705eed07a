import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import type { Progress } from '../domain/progress.ts';
import {
  type Descriptor,
  type Digest,
  isDigest,
  type Layout,
  type Measured,
  mediaTypes,
  packTar,
} from '../oci/index.ts';
import { entriesOf, type LayerPart, type MadeLater, newestChange, stateOf } from './layer.ts';

/** A layer in a layout. One that was made here is not compressed: its digest is its diffID too. */
export interface Layer {
  readonly title: string;
  readonly descriptor: Descriptor;
  /** Of the uncompressed layer, where it is not the digest of the descriptor. */
  readonly diffId?: Digest;
}

export interface LayerRequest {
  readonly title: string;
  readonly parts: readonly LayerPart[] | MadeLater;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

/** Makes layers, and remembers which state of which files gave which layer, so that unchanged files are not read. */
export interface LayerCache {
  layer(request: LayerRequest): Promise<Layer>;
}

/** Changed when the bytes of a layer would differ for the same files. */
const format = 'railiance.layer.v1';

/**
 * A file may change twice within one tick of the kernel's clock, and look the same: layers with a file that is not older
 * than this are not remembered.
 */
const settleMs = 100;

const maxRemembered = 2_000;

export async function openLayerCache(cacheDir: string, layout: Layout): Promise<LayerCache> {
  const folder = join(cacheDir, 'layers');
  await mkdir(folder, { recursive: true });
  return {
    layer: async ({ title, parts: described, progress, signal }) => {
      const file = join(folder, keyOf(described));
      const known = await recall(file);
      if (known !== undefined && (await layout.hasBlob(known.digest, known.size))) return layerOf(title, known);

      const started = Date.now();
      const parts = 'make' in described ? await described.make() : described;
      const made = await layout.putBlob(withProgress(packTar(entriesOf(parts)), title, progress, signal));
      if (newestChange(parts) < started - settleMs) {
        // Not synced: one that is cut short by a crash is no JSON, and the layer is made again.
        await writeFile(file, JSON.stringify(made));
        await forgetOldest(folder);
      }
      return layerOf(title, made);
    },
  };
}

function layerOf(title: string, { digest, size }: Measured): Layer {
  return { title, descriptor: { mediaType: mediaTypes.layer, digest, size } };
}

function keyOf(parts: LayerRequest['parts']): string {
  return createHash('sha256')
    .update(`${format}\0${'make' in parts ? parts.standsFor : stateOf(parts)}`)
    .digest('hex');
}

/** A cache that cannot be read is an empty one. */
async function recall(file: string): Promise<Measured | undefined> {
  try {
    const { digest, size } = JSON.parse(await readFile(file, 'utf8')) as Measured;
    return isDigest(digest) && Number.isSafeInteger(size) ? { digest, size } : undefined;
  } catch {
    return undefined;
  }
}

async function forgetOldest(folder: string): Promise<void> {
  const names = await readdir(folder);
  if (names.length <= maxRemembered) return;
  const aged = await Promise.all(names.map(async (name) => ({ name, at: (await stat(join(folder, name))).mtimeMs })));
  aged.sort((a, b) => a.at - b.at);
  for (const { name } of aged.slice(0, maxRemembered / 2)) await rm(join(folder, name), { force: true });
}

function* withProgress(chunks: Iterable<Uint8Array>, title: string, progress: Progress, signal: AbortSignal) {
  let done = 0;
  for (const chunk of chunks) {
    signal.throwIfAborted();
    done += chunk.length;
    progress({ kind: 'bytes', text: `layer ${title}`, done });
    yield chunk;
  }
}
