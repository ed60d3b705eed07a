import type { Logger } from 'pino';
import { createKeyStore, keyChannel } from './api/keyStore.ts';
import { createLimits } from './api/limits.ts';
import { createUsage } from './api/usage.ts';
import { expire } from './approvals/approvals.ts';
import { createProjector } from './chain/projector.ts';
import type { Config } from './config.ts';
import type { Database } from './database/db.ts';
import { checkSchema, readMigrations } from './database/migrate.ts';
import type { Deps } from './deps.ts';
import { createIngest } from './ingest/groupCommit.ts';
import { createLifecycle } from './lifecycle.ts';
import { startFeed } from './live/feed.ts';
import { createMetrics } from './metrics.ts';
import { startDeliverer } from './webhooks/deliverer.ts';

const flushMs = 5000;
/** How much longer than its time an approval may be shown as waiting. */
const expireMs = 5000;
/** Behind a pooler NOTIFY may never arrive: then this is how long a key that was revoked elsewhere still works. */
const forgetKeysMs = 30_000;

export interface Parts {
  readonly config: Config;
  readonly sessionSecret: string;
  readonly database: Database;
  readonly logger: Logger;
  readonly clock?: () => Date;
}

/**
 * Puts the parts of a hub together over a migrated database, and starts what works beside the requests.
 * @returns also how to stop those, with what they still hold written
 * @throws SchemaError where the database does not fit
 */
export async function assemble(parts: Parts): Promise<{ deps: Deps; stop: () => Promise<void> }> {
  const { database, logger, clock = () => new Date() } = parts;
  const migrations = await readMigrations();
  await checkSchema(database, migrations);
  const metrics = createMetrics();
  const keys = createKeyStore(database, parts.config.smokeKey);
  const limits = createLimits(clock);
  const usage = createUsage(database);
  const feed = await startFeed(database, logger);
  const ingest = createIngest(database, metrics);
  const projector = createProjector(database, logger, () => ingest.busy);
  const deliverer = startDeliverer({ ...parts, clock, hosts: parts.config.webhookHosts });
  const stopDelivering = feed.onWake(() => void deliverer.wake());
  const stopProjecting = feed.onWake(() => void projector.wake());
  await database.listen(keyChannel, () => keys.forget());
  const flush = async (): Promise<void> => limits.counted(await usage.flush(clock()));
  const timer = setInterval(() => {
    flush().catch((error: unknown) => logger.warn({ err: error }, 'cannot count requests'));
  }, flushMs);
  timer.unref();
  const forgetting = setInterval(() => keys.forget(), forgetKeysMs);
  forgetting.unref();
  const expiring = setInterval(() => {
    database
      .transaction((db) => expire(db, clock()))
      .catch((error: unknown) => logger.warn({ err: error }, 'cannot end approvals that are past their time'));
  }, expireMs);
  expiring.unref();
  return {
    deps: {
      ...parts,
      clock,
      migrations,
      metrics,
      keys,
      limits,
      usage,
      feed,
      projector,
      deliverer,
      ingest,
      lifecycle: createLifecycle(),
    },
    stop: async () => {
      clearInterval(timer);
      clearInterval(forgetting);
      clearInterval(expiring);
      stopProjecting();
      stopDelivering();
      await feed.stop();
      await projector.stop();
      await deliverer.stop();
      await flush().catch((error: unknown) => logger.warn({ err: error }, 'cannot count requests'));
    },
  };
}
