import type { Target } from '../domain/name.ts';
import type { Release } from '../domain/release.ts';

/** Which release serves, as last verified. */
export interface Head {
  readonly current: number;
  /** Fencing number of the lease under which it was written. */
  readonly fencing: number;
}

/** Release records of every app and stage, kept with the stage itself. Records are immutable. */
export interface ReleaseStore {
  /**
   * Writes a record under the next free number and makes it the head. Writing the same `runId` again returns the record
   * that is there.
   * @throws Failure (exit code 3) where `fencing` is below what the head has seen
   */
  record(release: Omit<Release, 'number'>, fencing: number): Promise<Release>;
  head(target: Target): Promise<Head | undefined>;
  /** The release that serves, as last verified. */
  newest(target: Target): Promise<Release | undefined>;
  get(target: Target, number: number): Promise<Release>;
  /** Newest first. */
  list(target: Target): Promise<readonly Release[]>;
  targets(): Promise<readonly Target[]>;
}
