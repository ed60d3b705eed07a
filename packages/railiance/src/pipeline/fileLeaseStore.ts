import { readdirSync, readFileSync, statSync } from 'node:fs';
import { link, readdir, rm, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import type { Home } from '../config/home.ts';
import { exitCodes, Failure, problemOf } from '../domain/failure.ts';
import { type Target, targetLabel } from '../domain/name.ts';
import { createDurably, syncFolder } from '../files/durableFile.ts';
import type { LeaseHolder, LeaseStore } from './leaseStore.ts';

const schema = 'railiance.lease.v1';
/** So many old files stay, that a process which slept between two looks still finds its number taken. */
const kept = 16;

/**
 * Leases as files of this machine, `<home>/apps/<app>/<stage>/lease/<fencing>.json`. A file is created exclusively and
 * whole: that is the compare-and-swap. Its time of change is the heartbeat, so that renewing needs no room on the disk;
 * a second name `<fencing>.released` says that it is over.
 */
export function createFileLeaseStore({ home }: { readonly home: Home }): LeaseStore {
  const folderOf = (target: Target) => join(home.target(target), 'lease');
  const nameOf = (fencing: number) => String(fencing).padStart(9, '0');
  const fileOf = (target: Target, fencing: number) => join(folderOf(target), `${nameOf(fencing)}.json`);
  const releasedOf = (target: Target, fencing: number) => join(folderOf(target), `${nameOf(fencing)}.released`);

  const store: LeaseStore = {
    async newest(target) {
      const { numbers, released } = list(folderOf(target));
      const fencing = numbers.at(-1);
      if (fencing === undefined) return undefined;
      const file = fileOf(target, fencing);
      return {
        fencing,
        holder: parse(readFileSync(file, 'utf8'), target, file),
        released: released.has(fencing),
        heartbeat: String(statSync(file, { bigint: true }).mtimeNs),
      };
    },

    async create(target, fencing, holder) {
      if (!(await createDurably(fileOf(target, fencing), `${JSON.stringify({ schema, ...holder }, null, 2)}\n`))) {
        return false;
      }
      const { numbers } = list(folderOf(target));
      if (numbers.at(-1) !== fencing) {
        // Who slept since the look may find its number free again only because it was pruned long after.
        await rm(fileOf(target, fencing), { force: true });
        return false;
      }
      await prune(folderOf(target), fencing - kept).catch(() => {});
      return true;
    },

    async beat(target, fencing) {
      const { numbers, released } = list(folderOf(target));
      if (numbers.at(-1) !== fencing || released.has(fencing)) return false;
      const now = new Date();
      await utimes(fileOf(target, fencing), now, now);
      return true;
    },

    async release(target, fencing) {
      await link(fileOf(target, fencing), releasedOf(target, fencing)).catch((error: NodeJS.ErrnoException) => {
        if (error.code !== 'EEXIST') throw error;
      });
      await syncFolder(folderOf(target));
    },
  };
  return store;
}

/** Not by Node's thread pool, which takes longer than the few names do. */
function list(folder: string): { numbers: readonly number[]; released: ReadonlySet<number> } {
  const names = namesIn(folder);
  const numbersOf = (pattern: RegExp) => names.flatMap((name) => pattern.exec(name)?.[1] ?? []).map(Number);
  return {
    numbers: numbersOf(/^(\d{9,})\.json$/).sort((a, b) => a - b),
    released: new Set(numbersOf(/^(\d{9,})\.released$/)),
  };
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

/** Also what killed processes left half-made. */
async function prune(folder: string, upTo: number): Promise<void> {
  for (const name of await readdir(folder)) {
    const number = /^(\d{9,})\./.exec(name)?.[1];
    if (number !== undefined && Number(number) <= upTo) await rm(join(folder, name), { force: true });
  }
}

function parse(text: string, target: Target, file: string): LeaseHolder {
  try {
    const { schema: found, ...holder } = JSON.parse(text) as LeaseHolder & { schema?: unknown };
    if (found !== schema) throw new Error(`its schema is ${JSON.stringify(found)}, not ${schema}`);
    if (!(typeof holder.ttlMs === 'number' && holder.ttlMs > 0)) throw new Error('it has no ttlMs');
    return holder;
  } catch (error) {
    throw new Failure(`read the lease of ${targetLabel(target)}`, `${file} is damaged: ${problemOf(error)}`, {
      hint: 'make sure that no railiance works on it, then remove that file',
      exitCode: exitCodes.needsPerson,
      cause: error,
    });
  }
}
