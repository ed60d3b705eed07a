import { setTimeout as sleep } from 'node:timers/promises';

export interface Rounds {
  /** Aborted, no round begins any more. */
  readonly signal: AbortSignal;
  readonly onError: (error: unknown) => void;
  /** Between the end of a round and the next; absent: none. */
  readonly restMs?: number;
}

/**
 * Has one round of work run at a time: calls while it works or rests are one more round for all of them together, and the
 * first after a while begins at once.
 */
export function oneAtATime(work: () => Promise<void>, { signal, onError, restMs = 0 }: Rounds) {
  let working: Promise<void> | undefined;
  let again = false;
  let restedAtMs = 0;
  const rounds = async (): Promise<void> => {
    try {
      do {
        const restLeftMs = restedAtMs - performance.now();
        if (restLeftMs > 0) await sleep(restLeftMs, undefined, { signal });
        again = false;
        await work();
        restedAtMs = performance.now() + restMs;
      } while (again && !signal.aborted);
    } catch (error) {
      if (!signal.aborted) onError(error);
    } finally {
      working = undefined;
    }
  };
  return {
    /** Resolves when no more rounds were asked for. */
    wake: async (): Promise<void> => {
      if (signal.aborted) return;
      again = true;
      working ??= rounds();
      await working;
    },
    /** Resolves when no round is under way. */
    over: async (): Promise<void> => {
      await working;
    },
  };
}
