import { type FileHandle, open } from 'node:fs/promises';

/** Content that is read from its beginning into memory the reader is given, so that nothing piles up. */
export interface ByteReader {
  /** Fills `target`; fewer bytes only at the end of the content. */
  fill(target: Uint8Array): Promise<number>;
  close(): Promise<void>;
}

export interface FileRange {
  readonly offset: number;
  readonly sizeBytes: number;
}

/** A file, or the part of it that `range` gives. */
export async function readFileBytes(file: string, range?: FileRange): Promise<ByteReader> {
  const handle = await open(file, 'r');
  let position = range?.offset ?? 0;
  const end = range === undefined ? Number.POSITIVE_INFINITY : position + range.sizeBytes;
  return {
    async fill(target) {
      const most = Math.min(target.length, end - position);
      const filled = await fillFrom(handle, target, most, position);
      position += filled;
      return filled;
    },
    close: () => handle.close(),
  };
}

async function fillFrom(handle: FileHandle, target: Uint8Array, most: number, position: number): Promise<number> {
  let filled = 0;
  while (filled < most) {
    const { bytesRead } = await handle.read(target, filled, most - filled, position + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return filled;
}

/** Chunks that come by themselves, such as a tar archive while it is packed. */
export function readChunks(chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): ByteReader {
  const iterator = Symbol.asyncIterator in chunks ? chunks[Symbol.asyncIterator]() : chunks[Symbol.iterator]();
  let rest: Uint8Array = new Uint8Array();
  return {
    async fill(target) {
      let filled = 0;
      while (filled < target.length) {
        if (rest.length === 0) {
          const next = await iterator.next();
          if (next.done) break;
          rest = next.value;
        }
        const part = rest.subarray(0, target.length - filled);
        target.set(part, filled);
        filled += part.length;
        rest = rest.subarray(part.length);
      }
      return filled;
    },
    async close() {
      await iterator.return?.();
    },
  };
}
