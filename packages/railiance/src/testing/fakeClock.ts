import type { Clock } from '../domain/clock.ts';

export interface FakeClock extends Clock {
  /** Lets time pass: whoever sleeps wakes in order, each with time to act before the next. */
  advance(ms: number): Promise<void>;
  /** Time passes while the process is stopped: nobody wakes until time goes on. */
  jump(ms: number): void;
  /** Moves the wall clock alone, as a correction does; elapsed time goes on as before. */
  setWallClock(now: Date): void;
}

interface Sleeper {
  readonly atMs: number;
  readonly wake: () => void;
}

/** A clock that stands still until told otherwise. */
export function createFakeClock(start: Date = new Date('2026-01-01T00:00:00Z')): FakeClock {
  let elapsedMs = 0;
  let offsetMs = start.getTime();
  const sleepers = new Set<Sleeper>();

  const nextBefore = (endMs: number) =>
    [...sleepers].filter(({ atMs }) => atMs <= endMs).sort((a, b) => a.atMs - b.atMs)[0];

  return {
    now: () => new Date(offsetMs + elapsedMs),
    elapsedMs: () => elapsedMs,
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason);
        const onAbort = () => {
          sleepers.delete(sleeper);
          reject(signal?.reason);
        };
        const sleeper: Sleeper = {
          atMs: elapsedMs + ms,
          wake: () => {
            signal?.removeEventListener('abort', onAbort);
            resolve();
          },
        };
        sleepers.add(sleeper);
        signal?.addEventListener('abort', onAbort, { once: true });
      }),
    async advance(ms) {
      const endMs = elapsedMs + ms;
      await settled();
      for (let sleeper = nextBefore(endMs); sleeper; sleeper = nextBefore(endMs)) {
        elapsedMs = Math.max(elapsedMs, sleeper.atMs);
        sleepers.delete(sleeper);
        sleeper.wake();
        await settled();
      }
      elapsedMs = Math.max(elapsedMs, endMs);
      await settled();
    },
    jump: (ms) => {
      elapsedMs += ms;
    },
    setWallClock: (now) => {
      offsetMs = now.getTime() - elapsedMs;
    },
  };
}

/** Until everything that could go on has gone on, file access aside. */
async function settled(): Promise<void> {
  await new Promise<void>((resolve) => setImmediate(resolve));
}
