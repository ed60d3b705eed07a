import type { Clock } from '../domain/clock.ts';
import { exitCodes, Failure } from '../domain/failure.ts';
import { type Target, targetLabel } from '../domain/name.ts';
import { holdLease, type Lease } from './lease.ts';
import type { HeldLease, LeaseHolder, LeaseStore } from './leaseStore.ts';

/** This very process, as others may look for it. */
export type Self = Pick<LeaseHolder, 'owner' | 'host' | 'pid' | 'processStartedAt' | 'bootId'>;

export interface LeasesOptions {
  readonly store: LeaseStore;
  readonly clock: Clock;
  /** Asked once, when a lease is looked at that is not over, or taken. */
  readonly self: () => Self;
  /** Does that process of this host still run? */
  readonly isAlive: (process: Pick<LeaseHolder, 'pid' | 'processStartedAt' | 'bootId'>) => boolean;
  readonly ttlMs?: number;
}

export interface TakeRequest {
  readonly command: string;
  readonly runIdOf: (fencing: number) => string;
  /** How long to wait for a holder to end; 0 refuses at once. */
  readonly waitMs?: number;
  readonly signal?: AbortSignal;
  /** Told once for each holder that is waited for. */
  readonly onWaiting?: (holder: string) => void;
}

export interface Leases {
  /** @throws Failure (lease held) naming the holder, also when the signal is aborted while waiting */
  take(target: Target, request: TakeRequest): Promise<Lease>;
  /** Who holds the target now; undefined where it is free. */
  holder(target: Target): Promise<LeaseHolder | undefined>;
}

const defaultTtlMs = 20_000;
const looksPerTtl = 20;

/**
 * A lease is free when it was released, when its process on this host is gone, or when its heartbeat stood still for a
 * whole ttl of the observer's own elapsed time: no clock is ever compared with another.
 */
export function createLeases({ store, clock, self, isAlive, ttlMs = defaultTtlMs }: LeasesOptions): Leases {
  let known: Self | undefined;
  const own = () => {
    known ??= self();
    return known;
  };
  const isGone = ({ released, holder }: HeldLease) =>
    released || (holder.host === own().host && (holder.bootId !== own().bootId || !isAlive(holder)));

  async function tryTake(target: Target, request: TakeRequest, newest: HeldLease | undefined) {
    const fencing = (newest?.fencing ?? 0) + 1;
    const runId = request.runIdOf(fencing);
    const since = clock.now().toISOString();
    // Read before the write: to its holder the lease must look older than to any observer.
    const takenAtMs = clock.elapsedMs();
    const created = await store.create(target, fencing, { ...own(), command: request.command, runId, since, ttlMs });
    return created ? holdLease({ store, clock, target, fencing, runId, ttlMs, takenAtMs }) : undefined;
  }

  return {
    async take(target, request) {
      const deadlineMs = clock.elapsedMs() + (request.waitMs ?? 0);
      const stillFor = createStillness();
      let told = 0;
      for (;;) {
        const newest = await store.newest(target);
        if (!newest || isGone(newest) || stillFor(newest, clock.elapsedMs()) >= newest.holder.ttlMs) {
          const lease = await tryTake(target, request, newest);
          if (lease) return lease;
          continue;
        }
        if (clock.elapsedMs() >= deadlineMs) throw held(target, newest.holder);
        if (told !== newest.fencing) request.onWaiting?.(describeHolder(newest.holder));
        told = newest.fencing;
        await clock.sleep(lookEveryMs(newest), request.signal).catch(() => {
          throw held(target, newest.holder);
        });
      }
    },

    async holder(target) {
      const newest = await store.newest(target);
      return newest && !isGone(newest) ? newest.holder : undefined;
    },
  };
}

/**
 * For how long this observer has seen the same heartbeat of the same lease. A pause between two looks counts only a
 * little: whatever stopped the observer may have stopped the holder too.
 */
function createStillness(): (lease: HeldLease, nowMs: number) => number {
  let seen = '';
  let lastMs = 0;
  let stillMs = 0;
  return (lease, nowMs) => {
    const now = `${lease.fencing} ${lease.heartbeat}`;
    stillMs = now === seen ? stillMs + Math.min(nowMs - lastMs, 2 * lookEveryMs(lease)) : 0;
    seen = now;
    lastMs = nowMs;
    return stillMs;
  };
}

function lookEveryMs({ holder }: HeldLease): number {
  return holder.ttlMs / looksPerTtl;
}

export function describeHolder({ owner, host, pid, command, runId, since }: LeaseHolder): string {
  return `${owner} on ${host}, process ${pid}, \`${command}\`, run ${runId}, since ${since}`;
}

function held(target: Target, holder: LeaseHolder): Failure {
  return new Failure(`take the lease of ${targetLabel(target)}`, `it is held by ${describeHolder(holder)}`, {
    hint: 'wait for it with --wait; a holder that is dead or stands still loses it by itself',
    exitCode: exitCodes.leaseHeld,
  });
}
