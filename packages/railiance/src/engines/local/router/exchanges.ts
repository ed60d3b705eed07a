import type { Clock } from '../../../domain/clock.ts';

/** One request or connection that is open between a client and an instance. */
export interface Exchange {
  /** From now on it has no end of its own (server-sent events): draining does not wait for it. */
  becomeStream(): void;
  end(): void;
}

/** What is under way at one instance. */
export class Exchanges {
  readonly #requests = new Set<Exchange>();
  readonly #streams = new Map<Exchange, () => void>();
  #onQuiet: (() => void) | undefined;

  get size(): number {
    return this.#requests.size + this.#streams.size;
  }

  /** `close` ends it from our side, in the politest way there is. */
  open(kind: 'request' | 'stream', close: () => void): Exchange {
    const exchange: Exchange = {
      becomeStream: () => {
        if (!this.#requests.delete(exchange)) return;
        this.#streams.set(exchange, close);
        this.#tellQuiet();
      },
      end: () => {
        this.#streams.delete(exchange);
        this.#requests.delete(exchange);
        this.#tellQuiet();
      },
    };
    if (kind === 'request') this.#requests.add(exchange);
    else this.#streams.set(exchange, close);
    return exchange;
  }

  /** Waits for the requests, `limitMs` at most; what has no end of its own goes on. */
  async drain(limitMs: number, clock: Clock): Promise<void> {
    if (this.#requests.size === 0) return;
    const enough = new AbortController();
    const quiet = new Promise<void>((resolve) => {
      this.#onQuiet = resolve;
    });
    await Promise.race([quiet, clock.sleep(limitMs, enough.signal).catch(() => {})]);
    enough.abort();
  }

  /** Ends what has no end of its own. */
  closeStreams(): void {
    for (const close of this.#streams.values()) close();
  }

  #tellQuiet(): void {
    if (this.#requests.size === 0) this.#onQuiet?.();
  }
}
