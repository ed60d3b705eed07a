import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { pino } from 'pino';
import { issueKey } from '../src/api/keyStore.ts';
import type { Database } from '../src/database/db.ts';
import { type EmbeddedDatabase, startEmbedded } from '../src/database/embedded.ts';
import { migrate, readMigrations } from '../src/database/migrate.ts';
import { openDatabase } from '../src/database/pool.ts';

const logger = pino({ level: 'silent' });

/** A PostgreSQL that waits for its disk, can be killed, and comes back on the same port with what it had. */
export interface DurablePostgres {
  readonly url: string;
  readonly database: Database;
  /** A key that may write everything, without limits that would stop a test. */
  readonly key: string;
  kill(): Promise<void>;
  start(): Promise<void>;
  remove(): Promise<void>;
}

export async function startDurablePostgres(): Promise<DurablePostgres> {
  const dataDir = await mkdtemp(join(tmpdir(), 'hub-durable-'));
  const port = await steadyPort();
  let server: EmbeddedDatabase | undefined = await startEmbedded({ dataDir, logger, port });
  const { url } = server;
  const database = openDatabase({ url, logger, maxConnections: 2 });
  await migrate(database, await readMigrations());
  const limits = { ratePerMinute: 1_000_000_000, dailyQuota: 1_000_000_000 };
  const { key } = await issueKey(database, {
    consumer: 'sender',
    scopes: ['hub:*:write'],
    createdBy: 'test',
    ...limits,
  });
  return {
    url,
    database,
    key,
    kill: async () => {
      const [pid] = (await readFile(join(dataDir, 'postgres/postmaster.pid'), 'utf8')).split('\n');
      process.kill(Number(pid), 'SIGKILL');
      server = undefined;
    },
    start: async () => {
      await rm(join(dataDir, 'hub.pid'), { force: true });
      server = await eventually(() => startEmbedded({ dataDir, logger, port }));
    },
    remove: async () => {
      await database.close();
      await server?.stop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

/** Processes of a killed server hold its memory for a moment: a start before they are gone is refused. */
async function eventually<T>(work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      if (attempt === 50) throw error;
      await wait(100);
    }
  }
}

/**
 * A free port below those that the system gives to outgoing connections: while the server is down, one of them could
 * take its place.
 */
async function steadyPort(): Promise<number> {
  for (;;) {
    const port = 20_000 + Math.floor(Math.random() * 10_000);
    const free = await new Promise<boolean>((answer) => {
      const probe = createServer();
      probe.once('error', () => answer(false));
      probe.listen(port, '127.0.0.1', () => probe.close(() => answer(true)));
    });
    if (free) return port;
  }
}
