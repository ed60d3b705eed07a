import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import pg from 'pg';
import { databaseUrl, prepareServer, silent, templateName } from '../../test/preparedServer.ts';
import { type EmbeddedDatabase, startEmbedded } from '../database/embedded.ts';

export { silent };

let server: Promise<EmbeddedDatabase> | undefined;
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
  made += 1;
  const name = `test_${made}`;
  await admin(url, `create database ${name}${migrated ? ` template ${templateName}` : ''}`);
  return databaseUrl(url, name);
}

async function start(): Promise<EmbeddedDatabase> {
  const dataDir = await mkdtemp(join(tmpdir(), 'hub-test-'));
  await prepareServer(dataDir);
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

async function admin(url: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(sql);
  await client.end();
}
