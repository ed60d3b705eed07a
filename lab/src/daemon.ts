import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import type { Lab } from './lab.ts';

/** A process that the lab started: the number alone may be another's by now, so its start time is kept with it. */
export interface DaemonRecord {
  readonly name: string;
  readonly pid: number;
  readonly startTicks: string;
}

export interface DaemonOptions {
  readonly env?: Readonly<Record<string, string>>;
}

/** Starts a program that outlives this one, unless it is running. Its output goes to `logs/<name>.log`. */
export async function startDaemon(
  lab: Lab,
  name: string,
  program: string,
  args: readonly string[],
  options: DaemonOptions = {},
): Promise<void> {
  if ((await daemon(lab, name)) !== undefined) return;
  mkdirSync(join(lab.folder, 'logs'), { recursive: true });
  mkdirSync(join(lab.folder, 'processes'), { recursive: true });
  const log = openSync(join(lab.folder, 'logs', `${name}.log`), 'a');
  const env = { ...process.env, ...options.env };
  const child = spawn(program, args, { detached: true, stdio: ['ignore', log, log], env, cwd: lab.folder });
  closeSync(log);
  await new Promise<void>((done, failed) => {
    child.once('spawn', done);
    child.once('error', failed);
  });
  child.unref();
  const { pid } = child;
  const startTicks = pid === undefined ? undefined : await startOf(pid);
  if (pid === undefined || startTicks === undefined) throw new Error(`${name} ended at once; see its log`);
  const record: DaemonRecord = { name, pid, startTicks };
  await writeFile(recordFile(lab, name), JSON.stringify(record));
}

/** The running daemon of that name. */
export async function daemon(lab: Lab, name: string): Promise<DaemonRecord | undefined> {
  const text = await readFile(recordFile(lab, name), 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  const record: DaemonRecord = JSON.parse(text);
  return (await startOf(record.pid)) === record.startTicks ? record : undefined;
}

/** Names of all daemons that were started, running or not. */
export async function daemonNames(lab: Lab): Promise<readonly string[]> {
  const files = await readdir(join(lab.folder, 'processes')).catch(() => []);
  return files.map((file) => file.replace(/\.json$/, ''));
}

/** Asks it to end, and makes it end after `graceMs`. */
export async function stopDaemon(lab: Lab, name: string, graceMs = 5000): Promise<void> {
  const found = await daemon(lab, name);
  if (found) await endProcess(found.pid, found.startTicks, graceMs);
  await rm(recordFile(lab, name), { force: true });
}

export async function endProcess(pid: number, startTicks: string, graceMs: number): Promise<void> {
  const lives = async () => (await startOf(pid)) === startTicks;
  signal(pid, 'SIGTERM');
  const end = performance.now() + graceMs;
  while ((await lives()) && performance.now() < end) await sleep(50);
  if (await lives()) signal(pid, 'SIGKILL');
  while (await lives()) await sleep(20);
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // it ended by itself
  }
}

/** Start time of a living process in clock ticks since boot (proc(5), field 22); a zombie counts as gone. */
export async function startOf(pid: number): Promise<string | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  const [state, ...fields] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return stat === '' || state === 'Z' || state === 'X' ? undefined : fields[18];
}

function recordFile(lab: Lab, name: string): string {
  return join(lab.folder, 'processes', `${name}.json`);
}
