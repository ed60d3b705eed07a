import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';

import { homeAt } from '../config/home.ts';
import type { DatabaseProvider } from '../database/database.ts';
import { createEmbeddedDatabase } from '../database/embedded.ts';
import { systemClock } from '../domain/clock.ts';
import { target } from '../domain/name.ts';

/** One server for this test process, begun by the first test that asks for a database. */
let server: Promise<{ readonly provider: DatabaseProvider; readonly folder: string }> | undefined;
let databases = 0;

// Registered while the file loads, and so for the whole file: inside a test it would run at the end of that test.
after(async () => {
  if (!server) return;
  const { provider, folder } = await server;
  await provider.stop();
  await rm(folder, { recursive: true });
});

/**
 * Gives `use` the URL of a new, empty database on a real PostgreSQL, whose role owns it and has no other right: what a
 * deployed app gets. All databases go with the server when the tests of the file have ended.
 */
export async function withPostgres<T>(use: (url: string) => Promise<T>): Promise<T> {
  server ??= start();
  const { provider } = await server;
  const name = `test${++databases}`;
  const spec = { name, user: name, migrateTimeoutMs: 60_000, scope: 'shared' } as const;
  const { url } = await provider.provision(target(name, 'local'), spec);
  return await use(url.reveal());
}

async function start() {
  const folder = await mkdtemp(join(tmpdir(), 'railiance-test-postgres-'));
  const provider = createEmbeddedDatabase({ home: homeAt({ RAILIANCE_HOME: folder }), clock: systemClock });
  return { provider, folder };
}
