import type { AppSpec } from '../../domain/app.ts';
import type { Artifact, Revision } from '../../domain/artifact.ts';
import { exitCodes, Failure } from '../../domain/failure.ts';
import { type Target, target, targetLabel } from '../../domain/name.ts';
import type { PublishedImage } from '../../domain/registry.ts';
import type { Release } from '../../domain/release.ts';
import type { Stage } from '../../domain/stage.ts';
import type { Override } from '../steps/gate.ts';

/** What is to run: an artifact that is there, or one to be built from where the source stands. */
export type Source =
  | { readonly kind: 'build'; readonly revision: Revision; readonly builder: string }
  | { readonly kind: 'artifact'; readonly artifact: Artifact; readonly published?: PublishedImage };

/** What every plan starts from. */
export interface StageFacts {
  readonly stage: Stage;
  /** Release that serves on the stage now. */
  readonly current?: Release;
  readonly despite: readonly Override[];
}

export interface AppFacts extends StageFacts {
  /** app.toml as it is for that stage. */
  readonly app: AppSpec;
  /** All of the blueprint: what any of them needs stays in the registry. */
  readonly stages?: readonly Stage[];
}

export function targetOf({ app, stage }: Pick<AppFacts, 'app' | 'stage'>): Target {
  return target(app.slug, stage.name);
}

/** @throws Failure (gate refused) where uncommitted changes would go to production */
export function refuseDirty(stage: Stage, { dirty, tag }: Revision, action: string): void {
  if (!stage.production || !dirty) return;
  throw new Failure(action, `${tag} holds uncommitted changes, and ${stage.name} takes only what is committed`, {
    hint: 'commit the changes, then run the command again',
    exitCode: exitCodes.refused,
  });
}

/** @throws Failure (invalid input) where nothing was ever released */
export function currentOf({ stage, current }: StageFacts, app: string, action: string): Release {
  if (current) return current;
  throw new Failure(action, `${targetLabel({ app, stage: stage.name })} has no release`, {
    hint: `railiance deploy ${app} --stage ${stage.name}`,
    exitCode: exitCodes.invalidInput,
  });
}

/** Notes on a plan that a person should see before saying yes. */
export function notesOf({ current, despite }: StageFacts, tag: string): readonly string[] {
  const replaces = current
    ? `${tag} takes the place of release ${current.number} (${current.artifact.revision.tag})`
    : `${tag} is the first release here: there is nothing to return to if it fails`;
  return [replaces, ...despite.map(({ check, reason }) => `goes on despite "${check}": ${reason}`)];
}
