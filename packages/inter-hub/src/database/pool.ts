import pg from 'pg';
import type { Logger } from 'pino';
import type { Database, Db } from './db.ts';
import { listen } from './listener.ts';

/** bigint and count(*) arrive as text by default; every one of ours is far below 2^53. */
const parsers: pg.CustomTypesConfig = {
  getTypeParser: ((oid: number, format?: 'text' | 'binary') =>
    oid === pg.types.builtins.INT8
      ? Number
      : pg.types.getTypeParser(oid, format as 'text')) as pg.CustomTypesConfig['getTypeParser'],
};

export interface PoolOptions {
  readonly url: string;
  readonly logger: Logger;
  readonly maxConnections?: number;
}

export function openDatabase({ url, logger, maxConnections = 10 }: PoolOptions): Database {
  const pool = new pg.Pool({
    connectionString: url,
    max: maxConnections,
    connectionTimeoutMillis: 5000,
    idleTimeoutMillis: 30_000,
    statement_timeout: 30_000,
    application_name: 'inter-hub',
    types: parsers,
  });
  // Without a listener a lost idle connection would end the process; the pool opens another at the next query.
  pool.on('error', (error) => logger.warn({ err: error }, 'idle database connection lost'));
  // The pool listens to idle connections only: one that is lost between two statements of a transaction would end the
  // process. Its next statement fails, which is where it is dealt with.
  pool.on('connect', (client) => client.on('error', () => undefined));
  const stops = new Set<() => Promise<void>>();
  return {
    query: (text, values) => run(pool, text, values),
    transaction: (work) => transaction(pool, work),
    listen: async (channel, wake) => {
      const stop = await listen(url, channel, wake, logger);
      stops.add(stop);
      return stop;
    },
    close: async () => {
      await Promise.all([...stops].map((stop) => stop()));
      await pool.end();
    },
  };
}

async function run<Row extends object>(
  client: pg.Pool | pg.PoolClient,
  text: string,
  values: readonly unknown[] = [],
): Promise<Row[]> {
  const result = await client.query(text, values as unknown[]);
  return result.rows as Row[];
}

async function transaction<T>(pool: pg.Pool, work: (db: Db) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  let broken: Error | undefined;
  try {
    await client.query('begin');
    const value = await work({ query: (text, values) => run(client, text, values) });
    await client.query('commit');
    return value;
  } catch (error) {
    await client.query('rollback').catch((rollbackError: Error) => {
      broken = rollbackError;
    });
    throw error;
  } finally {
    client.release(broken);
  }
}
