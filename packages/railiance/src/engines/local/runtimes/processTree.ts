import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** Set in the environment of every process of an instance, so that those it has left behind can be found. */
export const instanceVariable = 'RAILIANCE_INSTANCE';

/** Processes and everything they started that still has a parent among them. https://docs.kernel.org/filesystems/proc.html */
export function processTree(roots: readonly number[]): readonly number[] {
  const found = new Set<number>(roots);
  for (const pid of found) for (const child of childrenOf(pid)) found.add(child);
  return [...found];
}

export function childrenOf(pid: number): readonly number[] {
  const threads = entriesOf(`/proc/${pid}/task`);
  const lists = threads.map((thread) => textOf(`/proc/${pid}/task/${thread}/children`) ?? '');
  return lists.join(' ').split(' ').filter(Boolean).map(Number);
}

/** Processes of one instance by the variable in their environment; those of other users are not seen. */
export function processesOfInstance(id: string): readonly number[] {
  const marker = `\0${instanceVariable}=${id}\0`;
  return entriesOf('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => `\0${textOf(`/proc/${pid}/environ`) ?? ''}`.includes(marker))
    .map(Number);
}

export function killAll(pids: readonly number[]): void {
  for (const pid of pids) signalProcess(pid, 'SIGKILL');
}

export function signalProcess(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended meanwhile.
  }
}

const listening = '0A';

/**
 * TCP ports that any of these processes listens on, in order. All must be in one network namespace.
 * @param sockets inodes of their sockets, where another user has to look them up
 */
export function listeningPorts(
  pids: readonly number[],
  sockets: readonly string[] = pids.flatMap(socketsOf),
): readonly number[] {
  const [first] = pids;
  if (first === undefined) return [];
  const ports = new Map<string, number>();
  for (const table of ['tcp', 'tcp6']) {
    for (const line of (textOf(`/proc/${first}/net/${table}`) ?? '').split('\n').slice(1)) {
      const [, local = '', , state, , , , , , inode = ''] = line.trim().split(/\s+/);
      if (state === listening) ports.set(inode, Number.parseInt(local.slice(local.indexOf(':') + 1), 16));
    }
  }
  const open = new Set(sockets.flatMap((inode) => ports.get(inode) ?? []));
  return [...open].sort((a, b) => a - b);
}

function socketsOf(pid: number): readonly string[] {
  return entriesOf(`/proc/${pid}/fd`).flatMap((fd) => {
    try {
      return socketsIn(readlinkSync(`/proc/${pid}/fd/${fd}`));
    } catch {
      return [];
    }
  });
}

/** Inodes of the sockets that the links of open files lead to. */
export function socketsIn(links: string): readonly string[] {
  return [...links.matchAll(/\bsocket:\[(\d+)\]/g)].map(([, inode = '']) => inode);
}

/** Empty where the process has ended, or is another user's. */
function entriesOf(directory: string): readonly string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}

function textOf(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
