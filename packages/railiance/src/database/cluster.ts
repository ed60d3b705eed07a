import { randomBytes } from 'node:crypto';
import { chown, mkdir, readdir, readFile, realpath, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { exitCodes, Failure } from '../domain/failure.ts';
import { Secret } from '../domain/secret.ts';
import type { Exec } from '../exec/exec.ts';
import { syncFolder } from '../files/durableFile.ts';
import { asAccount } from './account.ts';
import type { Binaries } from './binaries.ts';
import type { Placement } from './placement.ts';

/** A data directory with its superuser's password, made and put in place as one. */
export interface Cluster {
  /** Real path, as the server reports it. */
  readonly dataDir: string;
  readonly superuser: { readonly user: string; readonly password: Secret };
}

const superuser = 'postgres';
const unfinished = 'initialising-';

/** @throws Failure where it is damaged; undefined where there is none yet */
export async function findCluster(folder: string): Promise<Cluster | undefined> {
  const clusterDir = join(folder, 'cluster');
  const dataDir = await realpath(join(clusterDir, 'data')).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (dataDir === undefined) return undefined;
  const password = await readFile(join(clusterDir, 'superuser'), 'utf8').catch(() => '');
  if (password.trim() !== '') return { dataDir, superuser: { user: superuser, password: new Secret(password.trim()) } };
  throw new Failure('open the PostgreSQL data directory', `${join(clusterDir, 'superuser')} is missing or empty`, {
    hint: 'restore that file from a backup; without it nobody can administer the server',
    exitCode: exitCodes.needsPerson,
  });
}

/** Finds the cluster or makes it. Where two make one at once, the first in place serves both. */
export async function openCluster(placement: Placement, binaries: Binaries, exec: Exec): Promise<Cluster> {
  await removeUnfinished(placement.folder);
  const found = await findCluster(placement.folder);
  if (!found) await initialise(placement, binaries, exec);
  const cluster = found ?? (await findCluster(placement.folder));
  if (!cluster) {
    throw unfit(
      `${join(placement.folder, 'cluster')} is there, but not the data in it`,
      'restore that folder from a backup, or move it away to begin with an empty server',
    );
  }
  await assertFits(cluster, placement, binaries);
  return cluster;
}

async function initialise({ folder, account }: Placement, binaries: Binaries, exec: Exec): Promise<void> {
  const temporary = join(folder, `${unfinished}${process.pid}-${randomBytes(6).toString('hex')}`);
  try {
    await mkdir(temporary, { mode: 0o700 });
    const passwordFile = join(temporary, 'superuser');
    await writeFile(passwordFile, `${randomBytes(32).toString('base64url')}\n`, { mode: 0o600, flush: true });
    if (account) {
      for (const path of [temporary, passwordFile]) await chown(path, account.uid, account.gid);
    }
    // The builtin locale sorts the same on every machine; one of the C library changes with its version.
    const locale = ['--encoding=UTF8', '--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'];
    const login = [`--username=${superuser}`, `--pwfile=${passwordFile}`, '--auth=scram-sha-256'];
    const argv = asAccount(account, [binaries.initdb, `--pgdata=${join(temporary, 'data')}`, ...login, ...locale]);
    const result = await exec.run({ argv, timeoutMs: 120_000 });
    if (result.exitCode !== 0) throw notMade(result.stderr || result.stdout);
    await rename(temporary, join(folder, 'cluster'));
    await syncFolder(folder);
  } catch (error) {
    if (!['ENOTEMPTY', 'EEXIST'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

/** What a process left that was killed while it made a cluster. */
async function removeUnfinished(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const pid = new RegExp(`^${unfinished}(\\d+)-`).exec(name)?.[1];
    if (pid === undefined || isRunning(Number(pid))) continue;
    // Its initdb may live a moment longer and still write there: then the next start removes it.
    await rm(join(folder, name), { recursive: true, force: true }).catch(() => {});
  }
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

async function assertFits({ dataDir }: Cluster, { account }: Placement, { version }: Binaries): Promise<void> {
  const { uid } = await stat(dataDir);
  if (uid !== (account?.uid ?? process.getuid?.() ?? uid)) {
    throw unfit(`${dataDir} belongs to another user (uid ${uid})`, 'run railiance as that user');
  }
  const major = (await readFile(join(dataDir, 'PG_VERSION'), 'utf8').catch(() => '')).trim();
  const wanted = version.split('.')[0];
  if (major === wanted) return;
  if (major === '') throw unfit(`${dataDir} is damaged: it has no PG_VERSION`, 'restore the folder from a backup');
  throw unfit(
    `${dataDir} was made by PostgreSQL ${major}, and this railiance brings PostgreSQL ${wanted}`,
    `dump the databases with a railiance that brings ${major}; then move that folder away, deploy and load the dump`,
  );
}

function unfit(problem: string, hint: string): Failure {
  return new Failure('open the PostgreSQL data directory', problem, { hint, exitCode: exitCodes.needsPerson });
}

function notMade(output: string): Failure {
  const line =
    output
      .split('\n')
      .filter((text) => text.trim() !== '' && !text.startsWith('initdb: hint'))
      .findLast((text) => text.includes('error')) ?? output.trim().split('\n').at(-1);
  return new Failure('make the PostgreSQL data directory', line?.trim() || 'initdb gave no reason', {
    // As containers have it that run under any user id.
    ...(/user does not exist/.test(output) && { hint: 'PostgreSQL wants a line for that user in /etc/passwd' }),
    exitCode: exitCodes.dependencyMissing,
  });
}
