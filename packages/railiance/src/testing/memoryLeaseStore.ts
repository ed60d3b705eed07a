import { type Target, targetLabel } from '../domain/name.ts';
import type { HeldLease, LeaseStore } from '../pipeline/leaseStore.ts';

/** Leases without a disk; passes the same contract as the file store. */
export function createMemoryLeaseStore(): LeaseStore {
  const newest = new Map<string, HeldLease>();
  const current = (target: Target, fencing: number) => {
    const lease = newest.get(targetLabel(target));
    return lease?.fencing === fencing ? lease : undefined;
  };
  const set = (target: Target, lease: HeldLease) => newest.set(targetLabel(target), lease);

  return {
    newest: async (target) => newest.get(targetLabel(target)),
    async create(target, fencing, holder) {
      if ((newest.get(targetLabel(target))?.fencing ?? 0) >= fencing) return false;
      set(target, { fencing, holder, released: false, heartbeat: '0' });
      return true;
    },
    async beat(target, fencing) {
      const lease = current(target, fencing);
      if (!lease || lease.released) return false;
      set(target, { ...lease, heartbeat: String(Number(lease.heartbeat) + 1) });
      return true;
    },
    async release(target, fencing) {
      const lease = current(target, fencing);
      if (lease) set(target, { ...lease, released: true });
    },
  };
}
