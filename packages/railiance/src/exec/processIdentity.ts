import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** One process for ever: a process id alone comes back for another process, soon or after a reboot. */
export interface ProcessIdentity {
  readonly pid: number;
  /** When it started, in the unit of the system; only compared. */
  readonly startedAt: string;
  /** Of the boot it runs in; empty where the system has no such name. */
  readonly bootId: string;
}

/** Undefined where no such process runs (a zombie does not). */
export function identifyProcess(pid: number): ProcessIdentity | undefined {
  const startedAt = process.platform === 'linux' ? startOnLinux(pid) : startByPs(pid);
  return startedAt === undefined ? undefined : { pid, startedAt, bootId: bootId() };
}

/** True where this very process still runs. */
export function isAlive(identity: ProcessIdentity): boolean {
  const now = identifyProcess(identity.pid);
  return now !== undefined && now.startedAt === identity.startedAt && now.bootId === identity.bootId;
}

/** Field 22 (clock ticks after the boot) of https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html */
function startOnLinux(pid: number): string | undefined {
  const stat = read(`/proc/${pid}/stat`);
  if (stat === undefined) return undefined;
  // The second field is the program's name in parentheses and may itself hold spaces and parentheses.
  const [state, ...fields] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return state === 'Z' || state === 'X' ? undefined : fields[18];
}

export function startByPs(pid: number): string | undefined {
  // Whoever compares may speak another language, or live in another zone, than whoever wrote the start down.
  const env = { PATH: process.env.PATH, LC_ALL: 'C', TZ: 'UTC0' };
  const { stdout } = spawnSync('ps', ['-o', 'stat=,lstart=', '-p', String(pid)], { encoding: 'utf8', env });
  const [state = 'Z', ...start] = (stdout ?? '').trim().split(/\s+/);
  return state.startsWith('Z') || start.length === 0 ? undefined : start.join(' ');
}

function bootId(): string {
  return read('/proc/sys/kernel/random/boot_id')?.trim() ?? '';
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
