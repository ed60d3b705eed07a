import { createHash } from 'node:crypto';
import { chmod, chown, lstat, mkdir, readFile, realpath } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, sep } from 'node:path';

import type { Home } from '../config/home.ts';
import { exitCodes, Failure } from '../domain/failure.ts';
import type { Exec } from '../exec/exec.ts';
import { createDurably } from '../files/durableFile.ts';
import { type Account, canReach, serverAccount } from './account.ts';

/** Where the server's files are, and who runs it. */
export interface Placement {
  /** Real path; belongs to the caller, and the account can go through it. */
  readonly folder: string;
  readonly account: Account | undefined;
}

/**
 * An ordinary user's server lives in `home.postgres`. Root's server runs as another user, who has to get there: the
 * folders of the home itself, and of a home among the temporary files those that lead to it, are opened for that user's
 * group to go through (not to list). Other folders above are not ours to open: where those are closed, as `/root` is,
 * the server lives in `elsewhere`. The choice is made once and kept in `home.postgres/location`, so that no change of a
 * folder's mode ever leads to a second, empty server.
 */
export async function placeServer(home: Home, exec: Exec, elsewhere = '/var/lib'): Promise<Placement> {
  await mkdir(home.postgres, { recursive: true, mode: 0o700 });
  const account = await serverAccount(exec);
  await assertOwn(home.postgres);
  if (!account) return { folder: await realpath(home.postgres), account };

  const inside = await realpath(home.postgres);
  const kept = await keptLocation(home);
  if (kept !== undefined && kept !== inside) return { folder: await assertThere(home, kept), account };
  for (const folder of await ownFolders(home)) await openForGroup(folder, account);
  if (kept !== undefined) return { folder: kept, account };

  const folder = (await canReach(exec, account, inside)) ? inside : await folderIn(elsewhere, home);
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

/** From the outside in. A test or a demonstration makes its home in a private folder among the temporary files. */
async function ownFolders(home: Home): Promise<readonly string[]> {
  const folders = [await realpath(home.root), await realpath(home.postgres)];
  const temporary = await realpath(tmpdir());
  for (let above = dirname(folders[0] ?? temporary); above.startsWith(temporary + sep); above = dirname(above)) {
    folders.unshift(above);
  }
  return folders;
}

/** Only where it is private, as railiance makes it: a folder that somebody opened for others stays as it is. */
async function openForGroup(folder: string, { gid }: Account): Promise<void> {
  const { mode, uid } = await lstat(folder);
  if ((mode & 0o077) !== 0 || uid !== process.getuid?.()) return;
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

async function folderIn(base: string, home: Home): Promise<string> {
  const root = await realpath(home.root);
  const folder = join(base, `railiance-postgres-${createHash('sha256').update(root).digest('hex').slice(0, 16)}`);
  await mkdir(folder, { recursive: true, mode: 0o711 });
  await assertOwn(folder);
  await chmod(folder, 0o711);
  return folder;
}

async function assertOwn(folder: string): Promise<void> {
  const { uid } = await lstat(folder);
  if (uid === process.getuid?.()) return;
  throw new Failure('place the PostgreSQL server', `${folder} belongs to another user (uid ${uid})`, {
    hint: 'run railiance as that user, or name another state directory in RAILIANCE_HOME',
    exitCode: exitCodes.needsPerson,
  });
}
