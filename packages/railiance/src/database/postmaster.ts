import { link, readFile, readlink, realpath, rename } from 'node:fs/promises';
import { join } from 'node:path';

import { identifyProcess } from '../exec/processIdentity.ts';

/** The lines of `postmaster.pid` that say who runs: https://www.postgresql.org/docs/18/storage-file-layout.html */
export interface PostmasterFile {
  readonly pid: number;
  readonly dataDir: string;
  readonly port: number;
  /** True from the moment it accepts connections until it begins to shut down. */
  readonly ready: boolean;
}

/** What a data directory's lock file stands for. */
export type Postmaster =
  | { readonly state: 'none' }
  /** The server of this very directory: starting, accepting or shutting down. */
  | { readonly state: 'alive'; readonly pid: number; readonly port: number; readonly ready: boolean }
  /** Left by a server that is gone; `reused`: another program has its process id now. */
  | { readonly state: 'gone'; readonly reused: boolean };

export function pidFile(dataDir: string): string {
  return join(dataDir, 'postmaster.pid');
}

/** Undefined for a file that is not whole, as it is for an instant while the server writes it. */
export function parsePostmasterFile(text: string): PostmasterFile | undefined {
  const [pid = '', dataDir = '', , port = '', , , , status = ''] = text.split('\n');
  if (!/^[1-9]\d*$/.test(pid) || dataDir === '') return undefined;
  return { pid: Number(pid), dataDir, port: Number(port) || 0, ready: status.trim() === 'ready' };
}

export async function lookForPostmaster(dataDir: string): Promise<Postmaster> {
  const text = await readFile(pidFile(dataDir), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (text === undefined) return { state: 'none' };
  const file = parsePostmasterFile(text);
  if (!file) return { state: 'gone', reused: false };
  if (!identifyProcess(file.pid)) return { state: 'gone', reused: false };
  if (!(await worksIn(file.pid, dataDir))) return { state: 'gone', reused: true };
  return { state: 'alive', pid: file.pid, port: file.port, ready: file.ready };
}

/**
 * Moves the lock file of a dead server away. Where another process did the same and started its server in between, what
 * was moved is a live server's, and goes back before that server misses it (it looks once a minute).
 */
export async function setAsidePidFile(dataDir: string): Promise<void> {
  const aside = `${pidFile(dataDir)}.stale`;
  try {
    await rename(pidFile(dataDir), aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  const moved = parsePostmasterFile(await readFile(aside, 'utf8'));
  if (moved && identifyProcess(moved.pid) && (await worksIn(moved.pid, dataDir))) await link(aside, pidFile(dataDir));
}

/**
 * A server works in its data directory, and no other program has a reason to: that tells it from a program that got
 * its process id after a crash or a reboot. Where the system does not say, the server's own check has to do.
 */
async function worksIn(pid: number, dataDir: string): Promise<boolean> {
  if (process.platform !== 'linux') return true;
  const folder = await readlink(`/proc/${pid}/cwd`).catch(() => undefined);
  return folder === (await realpath(dataDir));
}
