import type { Builder } from '../builders/builder.ts';
import type { CheckContext, SmokeCheck } from '../checks/check.ts';
import type { DatabaseProvider } from '../database/database.ts';
import type { AppSpec } from '../domain/app.ts';
import type { ImageNeeds, Revision } from '../domain/artifact.ts';
import type { Clock } from '../domain/clock.ts';
import type { Failure } from '../domain/failure.ts';
import type { Target } from '../domain/name.ts';
import type { PublishedImage } from '../domain/registry.ts';
import type { Secrets } from '../domain/secret.ts';
import type { Stage } from '../domain/stage.ts';
import type { CheckResult } from '../domain/verdict.ts';

import type { Engine } from '../engines/engine.ts';
import type { ReleaseStore } from '../releases/releaseStore.ts';
import type { AppSecrets } from '../secrets/appSecrets.ts';
import type { Revocations } from '../secrets/revocations.ts';
import type { SealedCopies } from '../secrets/sealedCopies.ts';
import type { SecretStore } from '../secrets/secretStore.ts';
import type { Approvals } from './approvals.ts';
import type { ImageRegistry } from './imageRegistry.ts';
import type { ImageStore } from './imageStore.ts';

/** What the gate is asked about. */
export interface GateQuestion {
  readonly target: Target;
  readonly app: AppSpec;
  readonly image: ImageNeeds;
  /** Where the stage pulls it from; absent where it runs it from this machine, or where it is not pushed yet. */
  readonly published?: PublishedImage;
}

/** One check of the gate, with all that it has to know. */
export interface GateCheck {
  readonly name: string;
  /** Mostly waits for others to work: begun as soon as the image is known to be at the registry. */
  readonly early?: true;
  /** Never throws. */
  run(context: CheckContext): Promise<CheckResult>;
}

/** Everything that the steps of one stage work with. */
export interface StepPorts {
  /** Of the stage. */
  readonly engine: Engine;
  readonly images: ImageStore;
  /** Where images are pushed to and pulled from, for stages that pull. */
  readonly registry: ImageRegistry;
  /** The builder that app.toml names, or the one that fits the folder. @throws Failure */
  readonly builderFor: (app: AppSpec) => Promise<Builder>;
  /** Where the source in a folder stands now. */
  readonly revisionOf: (directory: string) => Promise<Revision>;
  /** Asked beside the engine's own checks before anything is changed, except for a rollback. */
  readonly gateChecks: (question: GateQuestion) => Promise<readonly GateCheck[]>;
  /** The yes of a person, where a stage needs one; without it such a stage refuses. */
  readonly approvals?: Approvals;
  readonly smokeCheck: SmokeCheck;
  readonly secrets: SecretStore;
  /** The app's own encrypted file; undefined where it has none. @throws Failure where it cannot be opened */
  readonly sealedSecrets?: (app: Pick<AppSpec, 'slug' | 'directory' | 'secrets'>) => Promise<AppSecrets | undefined>;
  /** Where the ciphertext of a release's secrets is kept. */
  readonly sealedCopies?: SealedCopies;
  /** Versions of a stage's secrets that hold a leaked value: releases with one are not brought back. */
  readonly revocations?: Pick<Revocations, 'list'>;
  /** Values for all names: those that are there stay. */
  readonly generateMissing: (names: readonly string[], existing: Secrets) => Secrets;
  readonly database: DatabaseProvider;
  readonly releases: ReleaseStore;
  readonly clock: Clock;
  /** When commits were made, in milliseconds, by the names that are given. */
  readonly commitTimes: (directory: string, names: readonly string[]) => Promise<ReadonlyMap<string, number>>;
  /** What another stage is known by. @throws Failure where this railiance cannot ask it */
  readonly recordsOf: (stage: Stage) => Pick<StepPorts, 'engine' | 'releases' | 'revocations' | 'elsewhere'>;
  /** Why that nothing of a target is on record does not mean that it is nowhere; absent where it always does. */
  readonly elsewhere?: (target: Target) => Promise<Failure | undefined>;
}
