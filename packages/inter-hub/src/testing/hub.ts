import type { Hono } from 'hono';
import { issueKey } from '../api/keyStore.ts';
import { createApp } from '../app.ts';
import { assemble } from '../assemble.ts';
import { readConfig } from '../config.ts';
import { openDatabase } from '../database/pool.ts';
import type { Deps } from '../deps.ts';
import type { HubEnv } from '../http/env.ts';
import { closeAtEnd, silent, testDatabase } from './postgres.ts';

export interface TestHub {
  readonly app: Hono<HubEnv>;
  readonly deps: Deps;
  /** Moves the hub's clock. */
  advance(ms: number): void;
  /** From now on only `advance` moves the hub's clock: for waits that a busy machine might sit out. */
  stopClock(): void;
  /** Makes a key with these scopes and asks with it. */
  client(scopes: readonly string[], limits?: { ratePerMinute?: number; dailyQuota?: number }): Promise<Client>;
}

/** Asks the API with one key; objects are sent as JSON. */
export type Client = ((
  method: string,
  path: string,
  body?: unknown,
  headers?: Record<string, string>,
) => Promise<Response>) & {
  readonly key: string;
};

/** A hub over a real database of its own, without a socket. */
export async function testHub(env: Record<string, string> = {}): Promise<TestHub> {
  const url = await testDatabase();
  const database = openDatabase({ url, logger: silent });
  const config = readConfig({
    DATABASE_URL: url,
    IHP_SESSION_SECRET: 's'.repeat(64),
    IHP_BASEURL: 'http://hub.test',
    ...env,
  });
  let offsetMs = 0;
  let stoppedMs: number | undefined;
  const { deps, stop } = await assemble({
    config,
    sessionSecret: config.sessionSecret ?? '',
    database,
    logger: silent,
    clock: () => new Date((stoppedMs ?? Date.now()) + offsetMs),
  });
  closeAtEnd(async () => {
    await stop();
    await database.close();
  });
  deps.lifecycle.ready();
  const app = createApp(deps);
  let clients = 0;
  return {
    app,
    deps,
    advance: (ms) => {
      offsetMs += ms;
    },
    stopClock: () => {
      stoppedMs = Date.now();
    },
    client: async (scopes, limits = {}) => {
      clients += 1;
      const { key } = await issueKey(database, { consumer: `client-${clients}`, scopes, createdBy: 'test', ...limits });
      const ask = async (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) =>
        app.request(`/api/v2${path}`, {
          method,
          headers: {
            authorization: `Bearer ${key}`,
            ...(body !== undefined && { 'content-type': 'application/json' }),
            ...headers,
          },
          ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
        });
      return Object.assign(ask, { key });
    },
  };
}
