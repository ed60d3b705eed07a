import { readFile, readlink } from 'node:fs/promises';
import { hostname } from 'node:os';

/** One process of one boot of one machine; a later process with the same id is told apart. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Start time in kernel ticks, from /proc; empty where there is no /proc. */
  readonly started: string;
  /** Machine, boot and process id namespace: process ids can be compared only within one. */
  readonly place: string;
}

let own: Promise<ProcessIdentity> | undefined;

export function ownIdentity(): Promise<ProcessIdentity> {
  own ??= (async () => ({ pid: process.pid, started: (await startedAt(process.pid)) ?? '', place: await place() }))();
  return own;
}

/** `unknown` where the process lives in another place, whose processes cannot be asked for. */
export async function isAlive(other: ProcessIdentity): Promise<boolean | 'unknown'> {
  const self = await ownIdentity();
  if (other.place !== self.place) return 'unknown';
  if (other.started !== '') return (await startedAt(other.pid)) === other.started;
  try {
    process.kill(other.pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

async function place(): Promise<string> {
  try {
    const boot = (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim();
    return `${boot} ${await readlink('/proc/self/ns/pid')}`;
  } catch {
    return hostname();
  }
}

/** Field 22 of /proc/<pid>/stat, counted from behind the name, which may hold blanks and brackets: proc(5). */
async function startedAt(pid: number): Promise<string | undefined> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    // A zombie has ended, though it is still listed.
    return fields[0] === 'Z' ? undefined : fields[19];
  } catch {
    return undefined;
  }
}
