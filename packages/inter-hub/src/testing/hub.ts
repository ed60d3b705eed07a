import type { Hono } from 'hono';
import { createApp } from '../app.ts';
import { readConfig } from '../config.ts';
import { readMigrations } from '../database/migrate.ts';
import { openDatabase } from '../database/pool.ts';
import type { Deps } from '../deps.ts';
import type { HubEnv } from '../http/env.ts';
import { createLifecycle } from '../lifecycle.ts';
import { createMetrics } from '../metrics.ts';
import { closeAtEnd, silent, testDatabase } from './postgres.ts';

export interface TestHub {
  readonly app: Hono<HubEnv>;
  readonly deps: Deps;
  /** Moves the hub's clock. */
  advance(ms: number): void;
}

/** A hub over a real database of its own, without a socket. */
export async function testHub(env: Record<string, string> = {}): Promise<TestHub> {
  const url = await testDatabase();
  const database = openDatabase({ url, logger: silent });
  closeAtEnd(() => database.close());
  const config = readConfig({
    DATABASE_URL: url,
    IHP_SESSION_SECRET: 's'.repeat(64),
    IHP_BASEURL: 'http://hub.test',
    ...env,
  });
  let offsetMs = 0;
  const deps: Deps = {
    config,
    sessionSecret: config.sessionSecret ?? '',
    database,
    migrations: await readMigrations(),
    logger: silent,
    lifecycle: createLifecycle(),
    metrics: createMetrics(),
    clock: () => new Date(Date.now() + offsetMs),
  };
  deps.lifecycle.ready();
  return {
    app: createApp(deps),
    deps,
    advance: (ms) => {
      offsetMs += ms;
    },
  };
}
