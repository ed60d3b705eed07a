import type { Clock } from '../../../domain/clock.ts';
import type { EarlyEndpoints } from './earlyEndpoints.ts';

export interface LateRoute {
  /** False where the cluster refuses it. Pending until the Service leads to the pods. */
  isPut(): Promise<boolean>;
  /** Resolves when nothing is made any more. */
  stop(): Promise<void>;
}

/** What Traefik watches comes to it by several connections, each as fast as it can: the Service and its pods are to be first. */
const takenInMs = 100;

/**
 * Makes an instance's route once its Service leads to the pods. Made before them it would be one change to Traefik and they
 * another, which would be taken in seconds later, and the switch seconds after that.
 */
export function createLateRoute(
  { told }: Pick<EarlyEndpoints, 'told'>,
  put: (signal: AbortSignal) => Promise<boolean>,
  { clock, signal }: { readonly clock: Clock; readonly signal: AbortSignal },
): LateRoute {
  const stopped = new AbortController();
  const until = AbortSignal.any([signal, stopped.signal]);
  const over = new Promise<void>((resolve) => until.addEventListener('abort', () => resolve(), { once: true }));
  const work = Promise.race([told, over])
    .then(() => clock.sleep(takenInMs, until))
    .then(() => put(until));
  work.catch(() => {});
  return {
    isPut: () => work,
    async stop() {
      stopped.abort();
      await work.catch(() => {});
    },
  };
}
