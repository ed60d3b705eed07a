import type { DatabaseSpec } from '../domain/app.ts';
import type { Target } from '../domain/name.ts';
import type { Progress } from '../domain/progress.ts';
import type { Secret } from '../domain/secret.ts';

export interface ProvisionedDatabase {
  /** `postgresql://…` with user and password. */
  readonly url: Secret;
  /** False where everything was there already. */
  readonly created: boolean;
}

/** Gives each app and stage its own role and database on one real PostgreSQL server. */
export interface DatabaseProvider {
  /** Starts the server where it is ours to start; resolves when it accepts connections. Idempotent. */
  ensure(progress: Progress): Promise<void>;
  /**
   * Role, database and grants for one app and stage; the password is made once and found again afterwards.
   * Idempotent, also when two call at once.
   */
  provision(target: Target, spec: DatabaseSpec): Promise<ProvisionedDatabase>;
  /** What `provision` would answer with; undefined where some of it is still to be made. Starts and changes nothing. */
  knownUrl(target: Target, spec: DatabaseSpec): Promise<Secret | undefined>;
  /** The role that logs in after the next turn: the password that it has now, if any, ends with that. */
  nextLogin(target: Target, spec: DatabaseSpec): Promise<string>;
  /**
   * Gives `role` a new password, and from now on `provision` answers with it. The role that logs in at present keeps its
   * password, so that what runs goes on, and so does a release that is brought back.
   * @throws Failure where `role` is not the next login any more
   */
  turnLogin(target: Target, spec: DatabaseSpec, role: string): Promise<void>;
  status(): Promise<{ readonly running: boolean; readonly version?: string; readonly port?: number }>;
  /** Stops the server where it is ours to stop. */
  stop(): Promise<void>;
}
