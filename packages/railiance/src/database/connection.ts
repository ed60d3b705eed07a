import type pg from 'pg';

import type { Secret } from '../domain/secret.ts';

export interface Login {
  readonly port: number;
  readonly user: string;
  readonly password: Secret;
  readonly database: string;
}

const connectMs = 5_000;
const statementMs = 60_000;

/**
 * One connection to the server of this machine, for as long as `use` takes.
 * @throws the server's own error, with its `code`: https://www.postgresql.org/docs/18/errcodes-appendix.html
 */
export async function withConnection<T>(login: Login, use: (client: pg.Client) => Promise<T>): Promise<T> {
  // When it is first needed: commands that touch no database are not to wait for it.
  const { Client } = await import('pg');
  const client = new Client({
    host: '127.0.0.1',
    port: login.port,
    user: login.user,
    password: login.password.reveal(),
    database: login.database,
    ssl: false,
    application_name: 'railiance',
    connectionTimeoutMillis: connectMs,
    query_timeout: statementMs,
  });
  // A server that goes away in between is reported by the query that was under way; without a listener it would be fatal.
  client.on('error', () => {});
  await client.connect();
  try {
    return await use(client);
  } finally {
    await client.end().catch(() => {});
  }
}
