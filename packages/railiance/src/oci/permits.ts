/** A number of permits, given out in the order they are asked for. */
export class Permits {
  #free: number;
  #limit: number;
  readonly #waiting: (() => void)[] = [];

  constructor(limit: number) {
    this.#free = limit;
    this.#limit = limit;
  }

  get limit(): number {
    return this.#limit;
  }

  /** Takes one only where nobody waits for it. */
  tryTake(): boolean {
    if (this.#free <= 0 || this.#waiting.length > 0) return false;
    this.#free -= 1;
    return true;
  }

  async take(): Promise<void> {
    if (this.tryTake()) return;
    await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  release(): void {
    this.#free += 1;
    if (this.#free <= 0) return;
    const next = this.#waiting.shift();
    if (next === undefined) return;
    this.#free -= 1;
    next();
  }

  /** From now on no more than `limit` at once; those out already stay out. */
  narrow(limit: number): void {
    if (limit >= this.#limit) return;
    this.#free -= this.#limit - limit;
    this.#limit = limit;
  }

  async run<T>(work: () => Promise<T>): Promise<T> {
    await this.take();
    try {
      return await work();
    } finally {
      this.release();
    }
  }
}

/**
 * Runs everything at once; after the first failure the others are told to stop by the signal, waited for, and the first
 * failure is thrown.
 */
export async function all<T>(
  outer: AbortSignal | undefined,
  works: readonly ((signal: AbortSignal) => Promise<T>)[],
): Promise<T[]> {
  const stop = new AbortController();
  const signal = outer ? AbortSignal.any([outer, stop.signal]) : stop.signal;
  let failure: { readonly error: unknown } | undefined;
  const results = await Promise.all(
    works.map((work) =>
      work(signal).catch((error: unknown) => {
        failure ??= { error };
        stop.abort(error);
        return undefined;
      }),
    ),
  );
  if (failure !== undefined) throw failure.error;
  return results as T[];
}
