import type { OnSight } from '../../../kubernetes/watch.ts';

/**
 * A clock that stands still while a watch is cut: an API server that restarts must not use up the time that an app has to
 * start, as nobody can say meanwhile whether it did.
 */
export interface SeenClock {
  nowMs(): number;
  /** For one watch, to tell when it sees. */
  sight(): OnSight;
}

export function createSeenClock(realMs: () => number = () => performance.now()): SeenClock {
  const blind = new Set<OnSight>();
  let stoodMs = 0;
  let standsSinceMs = 0;
  return {
    nowMs: () => (blind.size > 0 ? standsSinceMs : realMs()) - stoodMs,
    sight() {
      const onSight: OnSight = (sees) => {
        if (!sees && blind.size === 0) standsSinceMs = realMs();
        if (!sees) blind.add(onSight);
        else if (blind.delete(onSight) && blind.size === 0) stoodMs += realMs() - standsSinceMs;
      };
      return onSight;
    },
  };
}
