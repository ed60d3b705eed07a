import type { ClientConfig } from 'pg';

import { problemOf } from '../../domain/failure.ts';
import type { Secret } from '../../domain/secret.ts';
import { oneLine } from '../look.ts';

interface WriteOptions {
  readonly signal: AbortSignal;
  readonly redact: (text: string) => string;
  /** Another way to the same server. */
  readonly connectTo?: { readonly host: string; readonly port: number };
}

interface Written {
  readonly ms: number;
  /** Why it was refused; absent where it was written. */
  readonly problem?: string;
  readonly isStandby: boolean;
}

/** `cannot assign TransactionIds during recovery`, and a session that may only read. */
const standbyCodes = ['0A000', '25006', '55000'];

/** Has the server take a transaction number and commit it: the smallest thing that a standby cannot do. */
export async function writeOnce(url: Secret, { signal, redact, connectTo }: WriteOptions): Promise<Written> {
  const config: ClientConfig = {
    ...partsOf(url),
    ...connectTo,
    connectionTimeoutMillis: 5000,
    query_timeout: 5000,
    application_name: 'railiance gate',
  };
  // When it is first needed: most clusters' gates ask no database.
  const { Client } = await import('pg');
  const client = new Client(config);
  const stop = () => void client.end().catch(() => {});
  signal.addEventListener('abort', stop, { once: true });
  const started = performance.now();
  const ms = () => Math.round(performance.now() - started);
  try {
    await client.connect();
    await client.query('select pg_current_xact_id()');
    return { ms: ms(), isStandby: false };
  } catch (error) {
    const { code = '' } = error as { code?: string };
    return { ms: ms(), problem: redact(oneLine(problemOf(error))), isStandby: standbyCodes.includes(code) };
  } finally {
    signal.removeEventListener('abort', stop);
    await client.end().catch(() => {});
  }
}

/** The parts by hand: a connection string would win over another host and port. */
function partsOf(url: Secret): ClientConfig {
  const { hostname, port, username, password, pathname, searchParams } = new URL(url.reveal());
  const ssl = searchParams.get('sslmode');
  return {
    host: hostname,
    port: Number(port) || 5432,
    user: decodeURIComponent(username),
    password: decodeURIComponent(password),
    database: decodeURIComponent(pathname.slice(1)),
    ...(ssl !== null && ssl !== 'disable' && { ssl: { rejectUnauthorized: ssl.startsWith('verify') } }),
  };
}
