import { createHash } from 'node:crypto';
import { chmod, chown, lstat, mkdir, readFile, realpath } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, sep } from 'node:path';

import { createDurably } from '../config/durableFile.ts';
import type { Home } from '../config/home.ts';
import { exitCodes, Failure } from '../domain/failure.ts';
import type { Exec } from '../exec/exec.ts';
import { type Account, canReach, serverAccount } from './account.ts';

/** Where the server's files are, and who runs it. */
export interface Placement {
  /** Real path; belongs to the caller, and the account can go through it. */
  readonly folder: string;
  readonly account: Account | undefined;
}

/**
 * An ordinary user's server lives in `home.postgres`. Root's server runs as another user, who has to get there: the
 * folders of the home itself are opened for that user's group to go through (not to list); folders above are not ours
 * to open. Where those are closed, as `/root` is, the server lives in `/var/lib`, or beside a home that is temporary
 * in the folder for temporary files. The choice is made once and kept in `home.postgres/location`, so that no change of
 * a folder's mode ever leads to a second, empty server.
 */
export async function placeServer(home: Home, exec: Exec): Promise<Placement> {
  await mkdir(home.postgres, { recursive: true, mode: 0o700 });
  const account = await serverAccount(exec);
  await assertOwn(home.postgres);
  if (!account) return { folder: await realpath(home.postgres), account };
  for (const folder of [home.root, home.postgres]) await openForGroup(folder, account);

  const kept = await keptLocation(home);
  if (kept !== undefined) return { folder: await assertThere(home, kept), account };
  const inside = await realpath(home.postgres);
  const folder = (await canReach(exec, account, inside)) ? inside : await folderElsewhere(home);
  await createDurably(locationFile(home), folder === inside ? insideHome : folder);
  return { folder: (await keptLocation(home)) ?? folder, account };
}

/** Where an earlier `placeServer` put it; undefined where none did. Changes nothing. */
export async function placedFolder(home: Home): Promise<string | undefined> {
  return (await keptLocation(home)) ?? (await realpath(home.postgres).catch(() => undefined));
}

/** Not a path, so that a home may be moved. */
const insideHome = 'inside';

async function keptLocation(home: Home): Promise<string | undefined> {
  const text = await readFile(locationFile(home), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  return text === insideHome ? await realpath(home.postgres) : text;
}

function locationFile(home: Home): string {
  return join(home.postgres, 'location');
}

/** Only where it is private, as railiance makes it: a folder that somebody opened for others stays as it is. */
async function openForGroup(folder: string, { gid }: Account): Promise<void> {
  const { mode, uid } = await lstat(folder);
  if ((mode & 0o077) !== 0) return;
  await chown(folder, uid, gid);
  await chmod(folder, (mode & 0o7700) | 0o010);
}

async function assertThere(home: Home, kept: string): Promise<string> {
  if (await lstat(kept).catch(() => undefined)) return kept;
  throw new Failure('find the PostgreSQL server', `its folder ${kept} is gone`, {
    hint: `restore it from a backup; or remove ${locationFile(home)} to begin with an empty server`,
    exitCode: exitCodes.needsPerson,
  });
}

async function folderElsewhere(home: Home): Promise<string> {
  const root = await realpath(home.root);
  const temporary = await realpath(tmpdir());
  const base = root.startsWith(temporary + sep) ? temporary : '/var/lib';
  const folder = join(base, `railiance-postgres-${createHash('sha256').update(root).digest('hex').slice(0, 16)}`);
  await mkdir(folder, { recursive: true, mode: 0o711 });
  await assertOwn(folder);
  await chmod(folder, 0o711);
  return folder;
}

/** Anybody may have made a folder of that name before us, in a folder for temporary files. */
async function assertOwn(folder: string): Promise<void> {
  const { uid } = await lstat(folder);
  if (uid === process.getuid?.()) return;
  throw new Failure('place the PostgreSQL server', `${folder} belongs to another user (uid ${uid})`, {
    hint: 'run railiance as that user, or name another state directory in RAILIANCE_HOME',
    exitCode: exitCodes.needsPerson,
  });
}
