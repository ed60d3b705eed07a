import { availableParallelism } from 'node:os';

import { Permits } from '../permits.ts';

/** As many as keep all processors at work while results are sent in order. */
function usualPlaces(): number {
  return Math.min(8, Math.max(4, 2 * availableParallelism() + 2));
}

/**
 * Memory for so many blocks at once, over all layers that share it. It is used again, by whichever layer:
 * Node's collector sees a small object and not the megabyte that hangs on it, and would come when many have piled up.
 */
export class Workbench {
  readonly blockBytes: number;
  readonly #permits: Permits;
  readonly #idle: Buffer[] = [];

  constructor(blockBytes: number, places = usualPlaces()) {
    this.blockBytes = blockBytes;
    this.#permits = new Permits(places);
  }

  /** Memory of one block, where there is some that nobody waits for. */
  tryTake(): Buffer | undefined {
    return this.#permits.tryTake() ? this.#memory() : undefined;
  }

  async take(): Promise<Buffer> {
    await this.#permits.take();
    return this.#memory();
  }

  release(memory: Buffer): void {
    this.#idle.push(memory);
    this.#permits.release();
  }

  #memory(): Buffer {
    return this.#idle.pop() ?? Buffer.allocUnsafeSlow(this.blockBytes);
  }
}
