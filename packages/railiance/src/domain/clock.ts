import { setTimeout as wait } from 'node:timers/promises';

/** Time as a port: leases and waits go by `elapsedMs`, which no correction of the wall clock moves. */
export interface Clock {
  /** Wall clock, for records only. */
  now(): Date;
  /** Monotonic milliseconds since an arbitrary start. */
  elapsedMs(): number;
  /** @throws AbortError when the signal is aborted */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

export const systemClock: Clock = {
  now: () => new Date(),
  elapsedMs: () => performance.now(),
  sleep: async (ms, signal) => {
    await wait(ms, undefined, signal ? { signal } : {});
  },
};
