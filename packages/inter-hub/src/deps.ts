import type { Logger } from 'pino';
import type { Config } from './config.ts';
import type { Database } from './database/db.ts';
import type { Migration } from './database/migrate.ts';
import type { Lifecycle } from './lifecycle.ts';
import type { Metrics } from './metrics.ts';

/** Everything the app works with; made once in `serve.ts`, or by a test. */
export interface Deps {
  readonly config: Config;
  readonly sessionSecret: string;
  readonly database: Database;
  readonly migrations: readonly Migration[];
  readonly logger: Logger;
  readonly lifecycle: Lifecycle;
  readonly metrics: Metrics;
  /** Now; tests set it. */
  readonly clock: () => Date;
}
