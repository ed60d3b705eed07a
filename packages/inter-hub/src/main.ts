#!/usr/bin/env node
import { type Logger, pino } from 'pino';
import { issueKey } from './api/keyStore.ts';
import { scopePattern } from './api/scopes.ts';
import { hasAdmin, makeSetupLink } from './auth/setupLink.ts';
import { type Config, ConfigError, readConfig } from './config.ts';
import type { Database } from './database/db.ts';
import { connectionOf } from './database/embedded.ts';
import { migrate, readMigrations } from './database/migrate.ts';
import { openDatabase } from './database/pool.ts';
import type { Deps } from './deps.ts';
import { serve } from './serve.ts';

const usage = `usage: inter-hub serve | migrate | setup-link | create-key <consumer> <scope>...

serve        answer on PORT until SIGTERM
migrate      bring the database up to this version
setup-link   print a one-time link for the administrator HUB_ADMIN_EMAIL, or for whoever opens it
create-key   print a new API key with these scopes
`;

async function main([command = 'serve', ...args]: readonly string[]): Promise<number> {
  const config = readConfig(process.env);
  const logger: Logger = pino({ level: config.logLevel, base: { service: 'inter-hub' } });
  if (command === 'serve') {
    // From the first moment on: a hub that has just said it is ready may be told to stop before it does anything else.
    const toldToStop = new Promise((stop) => {
      process.once('SIGTERM', stop);
      process.once('SIGINT', stop);
    });
    const hub = await serve(config, logger);
    await tellFirstStep(hub.deps);
    await toldToStop;
    await hub.stop();
    return 0;
  }
  if (command === 'migrate') {
    return withDatabase(config, logger, async (database) => {
      const applied = await migrate(database, await readMigrations());
      process.stdout.write(applied.length > 0 ? `applied ${applied.join(', ')}\n` : 'nothing to migrate\n');
    });
  }
  if (command === 'setup-link') {
    return withDatabase(config, logger, async (database) => {
      const wanted = { email: config.adminEmail ?? null, role: 'admin' } as const;
      process.stdout.write(`${await makeSetupLink(database, config.baseUrl, wanted, new Date())}\n`);
    });
  }
  const [consumer, ...scopes] = args;
  if (command === 'create-key' && consumer && scopes.length > 0 && scopes.every((scope) => scopePattern.test(scope))) {
    return withDatabase(config, logger, async (database) => {
      const { key } = await issueKey(database, { consumer, scopes, createdBy: 'command line' });
      process.stdout.write(`${key}\n`);
    });
  }
  process.stderr.write(usage);
  return 2;
}

/** The link is a secret: it goes to the log only where the hub is tried out on this machine. */
async function tellFirstStep({ database, config, logger }: Deps): Promise<void> {
  if (await hasAdmin(database)) return;
  if (config.databaseUrl !== undefined) {
    logger.warn('there is no administrator yet: run "inter-hub setup-link" for a one-time link');
    return;
  }
  const wanted = { email: config.adminEmail ?? null, role: 'admin' } as const;
  const link = await makeSetupLink(database, config.baseUrl, wanted, new Date());
  logger.warn({ link }, 'there is no administrator yet: open this link once');
}

async function withDatabase(
  config: Config,
  logger: Logger,
  work: (database: Database) => Promise<void>,
): Promise<number> {
  const url = config.databaseUrl ?? (await connectionOf(config.dataDir));
  if (url === undefined) throw new ConfigError('DATABASE_URL: not given, and no hub runs on HUB_DATA_DIR');
  const database = openDatabase({ url, logger });
  try {
    await work(database);
    return 0;
  } finally {
    await database.close();
  }
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  const problem = error instanceof Error ? error.message : String(error);
  process.stderr.write(`inter-hub: error: ${problem}\n`);
  process.exitCode = error instanceof ConfigError ? 2 : 1;
}
