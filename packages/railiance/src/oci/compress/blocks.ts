import type { ByteReader } from './byteReader.ts';
import type { Workbench } from './workbench.ts';

/** What is done with one block; its memory is used again when the pieces have been taken. */
export type BlockWork = (block: Uint8Array) => Promise<readonly Uint8Array[]>;

interface Pending {
  readonly memory: Buffer;
  readonly pieces: Promise<readonly Uint8Array[]>;
}

/**
 * Works on blocks of one size at once and gives their results in order, piece by piece. A piece is gone when the next one is
 * asked for. No memory is waited for while some is held, so that several layers sharing it cannot block each other.
 */
export async function* inOrder(
  reader: ByteReader,
  workbench: Workbench,
  work: BlockWork,
): AsyncGenerator<Uint8Array, void, undefined> {
  const pending: Pending[] = [];
  let ended = false;
  const start = async (memory: Buffer) => {
    const size = await reader.fill(memory).catch((error: unknown) => {
      workbench.release(memory);
      throw error;
    });
    ended = size < memory.length;
    if (size === 0) return workbench.release(memory);
    const pieces = work(memory.subarray(0, size));
    // Looked at in its turn; until then a failure is not unhandled.
    pieces.catch(() => undefined);
    pending.push({ memory, pieces });
  };
  const more = () => (ended ? undefined : workbench.tryTake());
  try {
    for (;;) {
      if (!ended && pending.length === 0) await start(await workbench.take());
      for (let memory = more(); memory !== undefined; memory = more()) await start(memory);
      const [first] = pending;
      if (first === undefined) return;
      const pieces = await first.pieces;
      yield* pieces;
      for (const piece of pieces) free(piece);
      pending.shift();
      workbench.release(first.memory);
    }
  } finally {
    await Promise.allSettled(pending.map(({ pieces }) => pieces));
    for (const { memory } of pending) workbench.release(memory);
  }
}

/** Gives memory back at once, which the collector would do when a hundred results have piled up. */
function free({ buffer }: Uint8Array): void {
  // What is small may lie in Node's pool, together with what others still need.
  if (buffer instanceof ArrayBuffer && buffer.byteLength > Buffer.poolSize) buffer.transfer(0);
}
