import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import pg from 'pg';
import { pino } from 'pino';
import { type EmbeddedDatabase, startEmbedded } from '../database/embedded.ts';
import { migrate, readMigrations } from '../database/migrate.ts';
import { openDatabase } from '../database/pool.ts';

export const silent = pino({ level: 'silent' });

let server: Promise<EmbeddedDatabase> | undefined;
let template: Promise<void> | undefined;
let made = 0;
const users: (() => Promise<void>)[] = [];

after(async () => {
  await Promise.all(users.map((close) => close()));
  await (await server)?.stop();
});

/** Has `close` called when the tests are done, before the server goes. */
export function closeAtEnd(close: () => Promise<void>): void {
  users.push(close);
}

/**
 * A fresh, migrated database for one test file, on one real PostgreSQL for the process; gone when the tests are done.
 * Durability is off: what tests of crashes need, they start themselves.
 */
export async function testDatabase({ migrated = true } = {}): Promise<string> {
  server ??= start();
  const { url } = await server;
  template ??= makeTemplate(url);
  if (migrated) await template;
  made += 1;
  const name = `test_${made}`;
  await admin(url, `create database ${name}${migrated ? ' template hub_template' : ''}`);
  return databaseUrl(url, name);
}

async function start(): Promise<EmbeddedDatabase> {
  const dataDir = await mkdtemp(join(tmpdir(), 'hub-test-'));
  const started = await startEmbedded({
    dataDir,
    logger: silent,
    settings: ['fsync=off', 'synchronous_commit=off', 'full_page_writes=off', 'max_connections=200'],
  });
  return {
    ...started,
    stop: async () => {
      await started.stop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

async function makeTemplate(url: string): Promise<void> {
  await admin(url, 'create database hub_template');
  const database = openDatabase({ url: databaseUrl(url, 'hub_template'), logger: silent, maxConnections: 1 });
  await migrate(database, await readMigrations());
  await database.close();
}

async function admin(url: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(sql);
  await client.end();
}

function databaseUrl(url: string, name: string): string {
  const changed = new URL(url);
  changed.pathname = `/${name}`;
  return changed.href;
}
