import { accessSync, constants, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

import type { RunSpec } from '../../../domain/app.ts';
import { killAll, processTree } from './processTree.ts';

type Resources = RunSpec['resources'];
type Controller = 'memory' | 'cpu';

/** A folder of the kernel's control groups below which this process may make its own. */
export interface CgroupParent {
  readonly version: 1 | 2;
  readonly directory: string;
}

export type CgroupParents = Readonly<Partial<Record<Controller, CgroupParent>>>;

/** The limits of one instance. */
export interface Cgroup {
  /** Moves a process and all that it has started. */
  join(pid: number): void;
  outOfMemory(): boolean;
  /** Kills what is left in it, then removes it. */
  remove(): Promise<void>;
}

const cpuPeriodMicroseconds = 100_000;

/**
 * Where limits can be set for the processes of this one: https://docs.kernel.org/admin-guide/cgroup-v2.html, and version 1
 * where a controller is still there. In version 2 that is the nearest group above that passes the controller on.
 */
export function findCgroupParents(): CgroupParents {
  const own = new Map(lines('/proc/self/cgroup').map((line) => [line.split(':')[1] ?? '', line.split(':')[2] ?? '/']));
  const mounts = lines('/proc/self/mountinfo').map((line) => line.split(' '));
  const parents: Partial<Record<Controller, CgroupParent>> = {};
  for (const controller of ['memory', 'cpu'] as const) {
    for (const mount of mounts) {
      const type = mount[mount.indexOf('-') + 1];
      const options = (mount[mount.indexOf('-') + 3] ?? '').split(',');
      const mountPoint = mount[4] ?? '';
      const v1 = type === 'cgroup' && options.includes(controller);
      const path = v1 ? ownPathV1(own, controller) : own.get('');
      if (path === undefined || (!v1 && type !== 'cgroup2')) continue;
      const directory = v1 ? join(mountPoint, path) : nearestPassingOn(mountPoint, path, controller);
      if (directory !== undefined && isWritable(directory)) parents[controller] ??= { version: v1 ? 1 : 2, directory };
    }
  }
  return parents;
}

/** Limits that `parents` have no place for, one line each. */
export function missingLimits(resources: Resources, parents: CgroupParents): readonly string[] {
  const why = 'this user may not set it here (no control group that it may write to)';
  return [
    ...(resources.memoryBytes !== undefined && !parents.memory ? [`the memory limit is not kept: ${why}`] : []),
    ...(resources.cpus !== undefined && !parents.cpu ? [`the limit of processors is not kept: ${why}`] : []),
  ];
}

/** Makes the groups for one instance, anew where an earlier run left them. Undefined where there is nothing to limit. */
export async function createCgroup(
  id: string,
  resources: Resources,
  parents: CgroupParents,
): Promise<Cgroup | undefined> {
  await removeCgroups(id, parents);
  const memory = resources.memoryBytes === undefined ? undefined : make(id, parents.memory);
  const cpu = resources.cpus === undefined ? undefined : make(id, parents.cpu);
  if (memory) limitMemory(memory, resources.memoryBytes ?? 0);
  if (cpu) limitCpu(cpu, resources.cpus ?? 0);
  const directories = [...new Set([memory, cpu].flatMap((group) => (group ? [group.directory] : [])))];
  if (directories.length === 0) return undefined;
  return {
    join: (pid) => {
      for (const directory of directories) moveTree(pid, directory);
    },
    outOfMemory: () => memory !== undefined && killedByMemory(memory),
    remove: () => removeCgroups(id, parents),
  };
}

export async function removeCgroups(id: string, { memory, cpu }: CgroupParents): Promise<void> {
  for (const parent of new Set([memory?.directory, cpu?.directory])) {
    if (parent !== undefined) await removeCgroup(join(parent, nameOf(id)));
  }
}

async function removeCgroup(directory: string): Promise<void> {
  for (let attempt = 0; attempt < 100; attempt++) {
    try {
      rmdirSync(directory);
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EBUSY') return;
    }
    killAll(lines(join(directory, 'cgroup.procs')).map(Number));
    await wait(20);
  }
}

function make(id: string, parent: CgroupParent | undefined): CgroupParent | undefined {
  if (!parent) return undefined;
  const directory = join(parent.directory, nameOf(id));
  mkdirSync(directory, { recursive: true });
  return { version: parent.version, directory };
}

function nameOf(id: string): string {
  return `railiance-${id}`;
}

function limitMemory({ version, directory }: CgroupParent, bytes: number): void {
  if (version === 2) {
    writeFileSync(join(directory, 'memory.max'), String(bytes));
    // Without swap accounting there is no such file, and then swap is not counted at all.
    writeIfThere(join(directory, 'memory.swap.max'), '0');
    return;
  }
  writeFileSync(join(directory, 'memory.limit_in_bytes'), String(bytes));
  writeIfThere(join(directory, 'memory.memsw.limit_in_bytes'), String(bytes));
}

function limitCpu({ version, directory }: CgroupParent, cpus: number): void {
  const quota = Math.max(1_000, Math.round(cpus * cpuPeriodMicroseconds));
  if (version === 2) writeFileSync(join(directory, 'cpu.max'), `${quota} ${cpuPeriodMicroseconds}`);
  else {
    writeFileSync(join(directory, 'cpu.cfs_period_us'), String(cpuPeriodMicroseconds));
    writeFileSync(join(directory, 'cpu.cfs_quota_us'), String(quota));
  }
}

function killedByMemory({ version, directory }: CgroupParent): boolean {
  const file = version === 2 ? 'memory.events' : 'memory.oom_control';
  return lines(join(directory, file)).some((line) => /^oom_kill [1-9]/.test(line));
}

/** What a process starts after it was moved is inside by itself; what it had started before is moved here. */
function moveTree(pid: number, directory: string): void {
  const moved = new Set<number>();
  for (let before = -1; moved.size !== before; ) {
    before = moved.size;
    for (const one of processTree([pid])) {
      if (!moved.has(one)) writeIfThere(join(directory, 'cgroup.procs'), String(one));
      moved.add(one);
    }
  }
}

function ownPathV1(own: ReadonlyMap<string, string>, controller: Controller): string | undefined {
  return [...own].find(([controllers]) => controllers.split(',').includes(controller))?.[1];
}

function nearestPassingOn(mountPoint: string, path: string, controller: Controller): string | undefined {
  for (let group = path; ; group = dirname(group)) {
    const passedOn = lines(join(mountPoint, group, 'cgroup.subtree_control'))
      .join(' ')
      .split(' ');
    if (passedOn.includes(controller)) return join(mountPoint, group);
    if (group === '/' || group === '.') return undefined;
  }
}

function isWritable(directory: string): boolean {
  try {
    accessSync(directory, constants.W_OK);
    accessSync(join(directory, 'cgroup.procs'), constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

function writeIfThere(file: string, text: string): void {
  try {
    writeFileSync(file, text);
  } catch (error) {
    if (!['ENOENT', 'EACCES', 'EPERM', 'ESRCH', 'EOPNOTSUPP'].includes((error as NodeJS.ErrnoException).code ?? '')) {
      throw error;
    }
  }
}

function lines(file: string): readonly string[] {
  try {
    return readFileSync(file, 'utf8').split('\n').filter(Boolean);
  } catch {
    return [];
  }
}
