import {
  chmodSync,
  chownSync,
  closeSync,
  constants,
  fchmodSync,
  fchownSync,
  futimesSync,
  lchownSync,
  linkSync,
  mkdirSync,
  openSync,
  symlinkSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import type { ReadableStream } from 'node:stream/web';

import type { LayerEntry } from './layerGuard.ts';
import { type LayerSource, readLayer } from './layerReader.ts';

/** One layer as a folder of its own, and what it takes away from those below it. */
export interface LayerContent {
  readonly whiteouts: readonly string[];
  readonly opaque: readonly string[];
  /** Directories without an entry of their own: where a lower layer has them, that one's mode counts. */
  readonly implicit: readonly string[];
}

/**
 * Writes a layer into an empty folder. It is read twice: once to refuse it whole, then to write it. Every file belongs to
 * `owner`, who may read and change it, whatever the layer says: the app runs as that user alone. Set-user-id bits,
 * devices and extended attributes do not come in.
 * @throws Failure (exit code 2) for a hostile or damaged layer
 */
export async function extractLayer(
  source: LayerSource,
  root: string,
  owner: number | undefined,
): Promise<LayerContent> {
  await readLayer(source, async (_entry, body) => body.cancel());
  const whiteouts: string[] = [];
  const opaque: string[] = [];
  const writer = new LayerWriter(root, owner);
  const implicit = await readLayer(source, async (entry, body) => {
    if (entry.kind === 'file') return writer.file(entry, body);
    await body.cancel();
    if (entry.kind === 'whiteout') whiteouts.push(entry.path);
    else if (entry.kind === 'opaque') opaque.push(entry.path);
    else if (entry.kind !== 'ignored') writer.write(entry);
  });
  return { whiteouts, opaque, implicit };
}

/**
 * Synchronous calls, for a tree of many small files takes several times as long without; other work gets its turn between
 * the entries.
 */
class LayerWriter {
  readonly #root: string;
  readonly #owner: number | undefined;
  readonly #directories = new Set<string>(['.']);

  constructor(root: string, owner: number | undefined) {
    this.#root = root;
    this.#owner = owner;
    chmodSync(root, 0o755);
    if (owner !== undefined) chownSync(root, owner, owner);
  }

  write(entry: Exclude<LayerEntry, { kind: 'file' | 'whiteout' | 'opaque' | 'ignored' }>): void {
    const path = join(this.#root, entry.path);
    if (entry.kind === 'directory') {
      this.#directory(entry.path || '.');
      chmodSync(path, entry.mode | 0o700);
      return;
    }
    this.#directory(dirname(entry.path));
    if (entry.kind === 'hardlink') {
      linkSync(join(this.#root, entry.target), path);
      return;
    }
    symlinkSync(entry.target, path);
    if (this.#owner !== undefined) lchownSync(path, this.#owner, this.#owner);
  }

  async file(entry: LayerEntry & { kind: 'file' }, body: ReadableStream<Uint8Array>): Promise<void> {
    this.#directory(dirname(entry.path));
    const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
    const file = openSync(join(this.#root, entry.path), flags, 0o600);
    try {
      for await (const chunk of body) writeWhole(file, chunk);
      if (this.#owner !== undefined) fchownSync(file, this.#owner, this.#owner);
      fchmodSync(file, entry.mode | 0o600);
      futimesSync(file, entry.modified, entry.modified);
    } finally {
      closeSync(file);
    }
  }

  #directory(path: string): void {
    if (this.#directories.has(path)) return;
    this.#directory(dirname(path));
    this.#directories.add(path);
    mkdirSync(join(this.#root, path));
    chmodSync(join(this.#root, path), 0o755);
    if (this.#owner !== undefined) chownSync(join(this.#root, path), this.#owner, this.#owner);
  }
}

function writeWhole(file: number, chunk: Uint8Array): void {
  for (let done = 0; done < chunk.length; ) done += writeSync(file, chunk, done);
}
