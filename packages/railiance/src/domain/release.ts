import type { AppSpec } from './app.ts';
import type { Artifact } from './artifact.ts';
import type { PublishedImage } from './registry.ts';
import type { CheckResult } from './verdict.ts';

export const releaseSchema = 'railiance.release.v1';

/** What made a release. */
export type ReleaseKind = 'deploy' | 'promote' | 'rollback';

/**
 * The record of one artifact put on one stage with one configuration, written after it was verified. Immutable, numbered
 * from 1 for each app and stage. A rollback is a new release that `restores` an earlier one.
 */
export interface Release {
  readonly schema: typeof releaseSchema;
  readonly app: string;
  readonly stage: string;
  readonly number: number;
  readonly kind: ReleaseKind;
  readonly artifact: Artifact;
  /** Where the stage pulls it from; absent where it runs from the layout of this machine. */
  readonly published?: PublishedImage;
  /** sha256 of the canonical JSON of `spec` without `directory` and `file`, which say where it was read, not what it is. */
  readonly configurationHash: string;
  /** The configuration as it was: a rollback runs this, not today's. */
  readonly spec: AppSpec;
  /** Version in the stage's secret store; the values are never here. */
  readonly secrets: {
    readonly version: string;
    readonly names: readonly string[];
    /** Of the app's encrypted file, if it had one; the ciphertext itself is kept beside the version. */
    readonly ciphertextHash?: string;
  };
  /** Commit or version of the chart that `spec` names, where it is the app's own and has one. */
  readonly chartRevision?: string;
  readonly runId: string;
  readonly actor: string;
  readonly startedAt: string;
  readonly verifiedAt: string;
  /** Number of the release that served before, if any. */
  readonly replaced?: number;
  /** Number of the release whose artifact, configuration and secrets this brings back. */
  readonly restores?: number;
  /** Stage that the artifact was promoted from. */
  readonly promotedFrom?: string;
  readonly checks: readonly CheckResult[];
  /** Checks that were overridden by a person, with the reason given. */
  readonly despite?: readonly { readonly check: string; readonly reason: string }[];
}
