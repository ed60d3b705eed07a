#!/usr/bin/env node
import { type Logger, pino } from 'pino';
import { type Config, ConfigError, readConfig } from './config.ts';
import { connectionOf } from './database/embedded.ts';
import { migrate, readMigrations } from './database/migrate.ts';
import { openDatabase } from './database/pool.ts';
import { serve } from './serve.ts';

const usage = `usage: inter-hub serve | migrate

serve    answer on PORT until SIGTERM
migrate  bring the database up to this version
`;

async function main([command = 'serve']: readonly string[]): Promise<number> {
  const config = readConfig(process.env);
  const logger: Logger = pino({ level: config.logLevel, base: { service: 'inter-hub' } });
  if (command === 'serve') {
    const hub = await serve(config, logger);
    await new Promise((stop) => {
      process.once('SIGTERM', stop);
      process.once('SIGINT', stop);
    });
    await hub.stop();
    return 0;
  }
  if (command === 'migrate') return runMigrate(config, logger);
  process.stderr.write(usage);
  return 2;
}

async function runMigrate(config: Config, logger: Logger): Promise<number> {
  const url = config.databaseUrl ?? (await connectionOf(config.dataDir));
  if (url === undefined) throw new ConfigError('DATABASE_URL: not given, and no hub runs on HUB_DATA_DIR');
  const database = openDatabase({ url, logger });
  try {
    const applied = await migrate(database, await readMigrations());
    logger.info({ applied }, applied.length > 0 ? 'migrated' : 'nothing to migrate');
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
