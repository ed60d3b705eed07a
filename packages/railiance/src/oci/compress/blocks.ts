import { availableParallelism } from 'node:os';

import { Permits } from '../permits.ts';
import type { ByteReader } from './byteReader.ts';

/** What is done with one block; its buffer is used again as soon as the promise is settled. */
export type BlockWork = (block: Uint8Array) => Promise<readonly Uint8Array[]>;

/** Blocks that may be in memory at once, over all layers that are compressed with these permits. */
export function blockPermits(): Permits {
  return new Permits(Math.min(8, Math.max(4, 2 * availableParallelism() + 2)));
}

/**
 * Works on blocks of one size at once and gives their results in order, piece by piece. A piece is gone when the next one is
 * asked for.
 * No permit is waited for while another is
 * held, so that several layers sharing them cannot block each other.
 */
export async function* inOrder(
  reader: ByteReader,
  blockBytes: number,
  permits: Permits,
  work: BlockWork,
): AsyncGenerator<Uint8Array, void, undefined> {
  const pending: Promise<readonly Uint8Array[]>[] = [];
  const buffers: Buffer[] = [];
  let ended = false;
  const start = async () => {
    const buffer = buffers.pop() ?? Buffer.allocUnsafeSlow(blockBytes);
    const size = await reader.fill(buffer).catch((error: unknown) => {
      permits.release();
      throw error;
    });
    ended = size < blockBytes;
    if (size === 0) return permits.release();
    const done = work(buffer.subarray(0, size)).finally(() => buffers.push(buffer));
    // Looked at in its turn; until then a failure is not unhandled.
    done.catch(() => undefined);
    pending.push(done);
  };
  try {
    for (;;) {
      if (!ended && pending.length === 0) {
        await permits.take();
        await start();
      }
      while (!ended && permits.tryTake()) await start();
      const first = pending[0];
      if (first === undefined) return;
      const pieces = await first;
      yield* pieces;
      for (const piece of pieces) free(piece);
      pending.shift();
      permits.release();
    }
  } finally {
    await Promise.allSettled(pending);
    for (const _ of pending) permits.release();
  }
}

/**
 * Gives memory back at once. Node's collector sees a small object, not what hangs on it, and would come when a hundred
 * results have piled up.
 */
function free({ buffer }: Uint8Array): void {
  // What is small may lie in Node's pool, together with what others still need.
  if (buffer instanceof ArrayBuffer && buffer.byteLength > Buffer.poolSize) buffer.transfer(0);
}
