import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import type { Server } from 'node:http';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import { createApp } from './app.ts';
import { assemble } from './assemble.ts';
import { admitSmokeTest } from './auth/smokeAccess.ts';
import type { Config } from './config.ts';
import { startEmbedded } from './database/embedded.ts';
import { migrate, readMigrations } from './database/migrate.ts';
import { openDatabase } from './database/pool.ts';
import type { Deps } from './deps.ts';
import { startServer } from './http/startServer.ts';

export interface RunningHub {
  readonly url: string;
  readonly deps: Deps;
  /** Not ready, streams told to reconnect, requests in flight answered, then everything closed. */
  stop(): Promise<void>;
}

/**
 * Starts the hub. With an embedded database it migrates by itself; a given one must have been migrated.
 * @throws SchemaError, or what the database or the port said
 */
export async function serve(config: Config, logger: Logger): Promise<RunningHub> {
  const embedded =
    config.databaseUrl === undefined ? await startEmbedded({ dataDir: config.dataDir, logger }) : undefined;
  const database = openDatabase({ url: config.databaseUrl ?? embedded?.url ?? '', logger });
  try {
    if (embedded) await migrate(database, await readMigrations());
    const sessionSecret = config.sessionSecret ?? (await ownSecret(config.dataDir));
    const { deps, stop: stopParts } = await assemble({ config, sessionSecret, database, logger });
    await admitSmokeTest(database, config.smokeKey);
    const app = createApp(deps);
    const server = startServer(app, config.port, config.host);
    await once(server, 'listening');
    deps.lifecycle.ready();
    const address = server.address();
    const port = typeof address === 'object' && address ? address.port : config.port;
    logger.info({ port, host: config.host, baseUrl: config.baseUrl.href }, 'inter-hub is ready');
    return {
      url: `http://127.0.0.1:${port}`,
      deps,
      stop: () => stop(deps, server, [stopParts, () => database.close(), async () => embedded?.stop()]),
    };
  } catch (error) {
    await database.close();
    await embedded?.stop();
    throw error;
  }
}

async function ownSecret(dataDir: string): Promise<string> {
  const file = join(dataDir, 'session-secret');
  const kept = await readFile(file, 'utf8').catch(() => undefined);
  if (kept !== undefined) return kept;
  const made = randomBytes(32).toString('hex');
  await writeFile(file, made, { mode: 0o600 });
  return made;
}

async function stop(deps: Deps, server: Server, parts: readonly (() => Promise<void>)[]): Promise<void> {
  const { lifecycle, logger, config } = deps;
  lifecycle.drain();
  logger.info('draining');
  // Routers look at /readyz now and then: until they have, new requests still come and are still answered.
  await sleep(config.drainMs);
  const closed = new Promise<void>((done) => server.close(() => done()));
  server.closeIdleConnections();
  const limitMs = 10_000;
  await Promise.race([closed, sleep(limitMs, undefined, { ref: false })]);
  server.closeAllConnections();
  for (const stopPart of parts) await stopPart();
  logger.info('stopped');
}
