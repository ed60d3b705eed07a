import type { Logger } from 'pino';
import type { KeyStore } from './api/keyStore.ts';
import type { Limits } from './api/limits.ts';
import type { Usage } from './api/usage.ts';
import type { Projector } from './chain/projector.ts';
import type { Config } from './config.ts';
import type { Database } from './database/db.ts';
import type { Migration } from './database/migrate.ts';
import type { Ingest } from './ingest/groupCommit.ts';
import type { Lifecycle } from './lifecycle.ts';
import type { Feed } from './live/feed.ts';
import type { Metrics } from './metrics.ts';
import type { Deliverer } from './webhooks/deliverer.ts';

/** Everything the app works with; put together by `assemble`. */
export interface Deps {
  readonly config: Config;
  readonly sessionSecret: string;
  readonly database: Database;
  readonly migrations: readonly Migration[];
  readonly logger: Logger;
  readonly lifecycle: Lifecycle;
  readonly metrics: Metrics;
  readonly keys: KeyStore;
  readonly limits: Limits;
  readonly usage: Usage;
  readonly ingest: Ingest;
  readonly feed: Feed;
  readonly projector: Projector;
  readonly deliverer: Deliverer;
  /** Now; tests set it. */
  readonly clock: () => Date;
}
