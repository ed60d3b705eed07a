import type { Clock } from '../domain/clock.ts';
import { exitCodes, Failure, problemOf } from '../domain/failure.ts';
import { type Target, targetLabel } from '../domain/name.ts';
import type { LeaseStore } from './leaseStore.ts';

/** The exclusive right to change one app on one stage, for as long as its heartbeats reach the store. */
export interface Lease {
  readonly fencing: number;
  readonly runId: string;
  /** Aborted, with a LeaseLost as its reason, while the lease still has some time to run: what writes is stopped by then. */
  readonly signal: AbortSignal;
  /** Looks into the store. Asked right before every write. @throws LeaseLost */
  check(): Promise<void>;
  /** As far as this process knows, without a look into the store. @throws LeaseLost */
  assertHeld(): void;
  /** Frees the target at once. Idempotent; never throws: a lease that cannot be freed frees itself. */
  release(): Promise<void>;
}

export class LeaseLost extends Failure {
  constructor(target: Target, problem: string) {
    super(`hold the lease of ${targetLabel(target)}`, problem, {
      hint: '`railiance status` shows who holds it; the next command on it finishes this run first',
      exitCode: exitCodes.leaseHeld,
    });
  }
}

export interface HoldOptions {
  readonly store: LeaseStore;
  readonly clock: Clock;
  readonly target: Target;
  readonly fencing: number;
  readonly runId: string;
  readonly ttlMs: number;
  /** Elapsed time just before the lease was written. */
  readonly takenAtMs: number;
}

/** Heartbeats in a ttl: some may come late. */
const beatsPerTtl = 5;
/** The rest of the ttl is for children to be killed before anybody else may take the lease. */
const usablePart = 0.7;

/** Keeps a lease alive that was just taken. A process that was stopped for too long finds it lost when it comes back. */
export function holdLease({ store, clock, target, fencing, runId, ttlMs, takenAtMs }: HoldOptions): Lease {
  const lost = new AbortController();
  const ended = new AbortController();
  let renewedAtMs = takenAtMs;

  const lose = (problem: string): LeaseLost => {
    const reason = lost.signal.reason ?? new LeaseLost(target, problem);
    ended.abort();
    lost.abort(reason);
    return reason as LeaseLost;
  };
  const tooOld = () => clock.elapsedMs() - renewedAtMs >= ttlMs * usablePart;
  const tooOldWords = `no heartbeat of number ${fencing} reached the store in time`;

  /** Resolves with what ended the lease, or undefined. A store that does not answer counts as one that refuses. */
  async function beat(): Promise<string | undefined> {
    if (tooOld()) return tooOldWords;
    const startedAtMs = clock.elapsedMs();
    const answer = store.beat(target, fencing).catch(() => 'error' as const);
    const patience = clock.sleep(ttlMs * usablePart, ended.signal).then(
      () => 'error' as const,
      () => 'error' as const,
    );
    const result = await Promise.race([answer, patience]);
    if (result === false) return `number ${fencing} was taken over or released`;
    if (result === true) renewedAtMs = startedAtMs;
    return tooOld() ? tooOldWords : undefined;
  }

  async function keep(): Promise<void> {
    while (!ended.signal.aborted) {
      try {
        await clock.sleep(ttlMs / beatsPerTtl, ended.signal);
      } catch {
        return;
      }
      const problem = await beat();
      if (problem !== undefined && !ended.signal.aborted) lose(problem);
    }
  }
  void keep();

  const assertHeld = () => {
    if (lost.signal.aborted) throw lost.signal.reason;
    if (tooOld()) throw lose(tooOldWords);
  };

  return {
    fencing,
    runId,
    signal: lost.signal,
    assertHeld,
    async check() {
      assertHeld();
      const newest = await store.newest(target).catch((error) => {
        throw lose(`the store cannot be read: ${problemOf(error)}`);
      });
      if (newest?.fencing !== fencing || newest.released) throw lose(`number ${fencing} was taken over or released`);
    },
    async release() {
      ended.abort();
      await store.release(target, fencing).catch(() => {});
    },
  };
}
