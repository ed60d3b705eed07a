import type pg from 'pg';

import { exitCodes, Failure } from '../domain/failure.ts';
import { Secret } from '../domain/secret.ts';

/** Who logs in, and where. */
export interface Login {
  /** Absent: this machine. */
  readonly host?: string;
  /** Where others reach the same server, when this is only a way there; its data is then a team's, and not ours alone. */
  readonly address?: { readonly host: string; readonly port: number };
  /** As `sslmode` of a connection string says. */
  readonly tls?: { readonly rejectUnauthorized: boolean };
  readonly port: number;
  readonly user: string;
  readonly password: Secret;
  readonly database: string;
}

const connectMs = 5_000;
const statementMs = 60_000;

/**
 * One connection to a server, for as long as `use` takes.
 * @throws the server's own error, with its `code`: https://www.postgresql.org/docs/18/errcodes-appendix.html
 */
export async function withConnection<T>(login: Login, use: (client: pg.Client) => Promise<T>): Promise<T> {
  // When it is first needed: commands that touch no database are not to wait for it.
  const { Client } = await import('pg');
  const client = new Client({
    host: login.host ?? '127.0.0.1',
    port: login.port,
    user: login.user,
    password: login.password.reveal(),
    database: login.database,
    ssl: login.tls ?? false,
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

/**
 * Waits for an advisory lock, which is ours until the connection ends: it is never one of a pool. Behind pgpool the
 * comment has the primary asked, where all others ask too.
 */
export async function holdLock(client: pg.Client, lock: number): Promise<void> {
  await client.query('/*NO LOAD BALANCE*/ SELECT pg_advisory_lock($1)', [lock]);
}

/**
 * What a connection string says. https://www.postgresql.org/docs/18/libpq-connect.html#LIBPQ-CONNSTRING-URIS
 * @throws Failure (invalid input), which shows nothing of it
 */
export function loginOf(url: Secret): Login {
  try {
    return parsed(url.reveal());
  } catch {
    // Node's own error holds the whole text.
    throw new Failure('read the address of a PostgreSQL', 'it is no connection string', {
      hint: 'write postgresql://user:password@host:5432/database; signs like @ and / in a password as %40 and %2F',
      exitCode: exitCodes.invalidInput,
    });
  }
}

function parsed(text: string): Login {
  const { hostname, port, username, password, pathname, searchParams } = new URL(text);
  const mode = searchParams.get('sslmode') ?? 'prefer';
  const isChecked = mode === 'verify-ca' || mode === 'verify-full';
  return {
    // Of an IPv6 address the brackets belong to the URL alone.
    host: hostname.replace(/^\[(.*)\]$/, '$1'),
    port: Number(port) || 5432,
    user: decodeURIComponent(username),
    password: new Secret(decodeURIComponent(password)),
    database: decodeURIComponent(pathname.slice(1)) || 'postgres',
    ...((isChecked || mode === 'require') && { tls: { rejectUnauthorized: isChecked } }),
  };
}

/** The connection string of a login, for whoever is where its address leads. */
export function urlOf({
  user,
  password,
  port,
  host = '127.0.0.1',
  address = { host, port },
  database,
  tls,
}: Login): Secret {
  const credentials = `${encodeURIComponent(user)}:${encodeURIComponent(password.reveal())}`;
  const mode = tls ? `?sslmode=${tls.rejectUnauthorized ? 'verify-full' : 'require'}` : '';
  const hostname = address.host.includes(':') ? `[${address.host}]` : address.host;
  const where = `${hostname}:${address.port}/${encodeURIComponent(database)}`;
  return new Secret(`postgresql://${credentials}@${where}${mode}`);
}
