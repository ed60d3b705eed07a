import { homeAt } from '../config/home.ts';
import { systemClock } from '../domain/clock.ts';
import { exitCodes, Failure } from '../domain/failure.ts';
import { target } from '../domain/name.ts';
import { identifyProcess, isAlive } from '../exec/processIdentity.ts';
import { createFileLeaseStore } from '../pipeline/fileLeaseStore.ts';
import type { Lease } from '../pipeline/lease.ts';
import { createLeases } from '../pipeline/leases.ts';

/** What a parent asks of a process that contends for leases. */
export type ContenderOrder =
  /** Take the lease of this stage, at this wall-clock time, so that many try at once. */
  | { readonly do: 'take'; readonly stage: string; readonly atMs: number }
  /** Look whether the lease is still held. */
  | { readonly do: 'check' | 'release' };

export type ContenderAnswer =
  | { readonly held: true; readonly fencing: number }
  | { readonly held: false; readonly problem: string };

const [root = '', ttlMs = '1000'] = process.argv.slice(2);

/** The lease machinery of this very process, over files below `home`. */
export function leasesAt(home: string, leaseTtlMs: number) {
  const { pid } = process;
  const { startedAt, bootId } = identifyProcess(pid) ?? { startedAt: '', bootId: '' };
  return createLeases({
    store: createFileLeaseStore({ home: homeAt({ RAILIANCE_HOME: home }) }),
    clock: systemClock,
    self: () => ({ owner: 'test', host: 'here', pid, processStartedAt: startedAt, bootId }),
    isAlive: ({ processStartedAt, ...other }) => isAlive({ ...other, startedAt: processStartedAt }),
    ttlMs: leaseTtlMs,
  });
}

let lease: Lease | undefined;

async function obey(order: ContenderOrder): Promise<ContenderAnswer> {
  try {
    if (order.do === 'take') {
      while (Date.now() < order.atMs) {
        // Spun, not slept: all contenders have to start in the same millisecond.
      }
      const runIdOf = (fencing: number) => `${String(fencing).padStart(6, '0')}-00000000`;
      lease = await leasesAt(root, Number(ttlMs)).take(target('probe', order.stage), { command: 'contend', runIdOf });
    } else if (order.do === 'check') {
      await lease?.check();
    } else {
      await lease?.release();
    }
    return { held: true, fencing: lease?.fencing ?? 0 };
  } catch (error) {
    if (!(error instanceof Failure) || error.exitCode !== exitCodes.leaseHeld) throw error;
    return { held: false, problem: error.message };
  }
}

if (process.send) {
  process.on('message', async (order: ContenderOrder) => process.send?.(await obey(order)));
  process.on('disconnect', () => process.exit());
}
