import { exitCodes, Failure } from '../../domain/failure.ts';
import { type Target, targetLabel, target as targetOf } from '../../domain/name.ts';
import { type Plan, planSchema } from '../../domain/plan.ts';
import type { Release } from '../../domain/release.ts';
import { currentOf, notesOf, type StageFacts } from './facts.ts';
import { commitOf, keptSecretsOf, planned, restoring, starting, switching } from './plannedSteps.ts';
import { pushing, verifying } from './pulledImage.ts';
import { originOf, rollbackTarget } from './rollbackTarget.ts';

export interface RollbackFacts extends StageFacts {
  readonly app: string;
  /** All releases of the stage, newest first. */
  readonly releases: readonly Release[];
  /** Versions of secrets that hold a leaked value, and why: releases with one may not come back. */
  readonly revoked?: ReadonlyMap<string, string>;
  /** Number of the release to return to; absent: the last good one before. */
  readonly to?: number;
}

/**
 * An earlier release again: its image, its configuration and its secrets. Only what cannot be done without is checked.
 * @throws Failure (invalid input) where there is no such release; (refused) where its secrets were revoked
 */
export function planRollback(facts: RollbackFacts): Plan {
  const { app, stage, releases } = facts;
  const target = targetOf(app, stage.name);
  const current = currentOf(facts, app, `roll back ${targetLabel(target)}`);
  const chosen = chooseRelease(facts, target, current);
  const { spec, artifact, published, secrets, number } = originOf(chosen, releases);
  const { keep } = spec.retention;
  const steps = [
    verifying(stage, spec, { artifact, published, goesOn: true }),
    ...pushing(stage, spec, { published, current, goesOn: true }),
    planned('gate', 'Gate', false, {
      target,
      app: spec,
      current: current.number,
      essentialOnly: true,
      approval: false,
      despite: facts.despite,
    }),
    planned('kept-secrets', `Secrets of release ${number}`, false, keptSecretsOf(target, secrets), 'secrets'),
    ...starting(target, spec, stage, false),
    ...switching(target, { ...spec, deploy: { ...spec.deploy, observeMs: 0 } }),
    planned('record', 'Record the release', true, { target, kind: 'rollback', spec, restores: number }),
    planned('retire', 'Stop the newer version', true, { target }),
    planned('prune', 'Clean up', true, { target, keep }),
  ];
  return {
    schema: planSchema,
    command: 'rollback',
    app,
    stage: stage.name,
    steps,
    commitsAt: commitOf(steps),
    afterUndo: restoring(target, current),
    notes: [`release ${number} comes back: image, configuration and secrets`, ...notesOf(facts, artifact.revision.tag)],
  };
}

function chooseRelease({ releases, revoked, to }: RollbackFacts, target: Target, current: Release): Release {
  const reasonFor = ({ secrets }: Release) => revoked?.get(secrets.version);
  const isBarred = (release: Release) => reasonFor(release) !== undefined;
  const found = to === undefined ? rollbackTarget(releases, isBarred) : releases.find(({ number }) => number === to);
  const reason = found && reasonFor(found);
  if (found && reason === undefined) return found;
  if (found) {
    throw new Failure(
      `roll back ${targetLabel(target)}`,
      `the secrets of release ${found.number} were revoked: ${reason}`,
      {
        hint: `deploy the same version with today's secrets: railiance deploy ${target.app} --tag ${found.artifact.revision.tag}`,
        exitCode: exitCodes.refused,
      },
    );
  }
  const others = releases.some(isBarred) ? ' whose secrets were not revoked' : '';
  const problem =
    to === undefined
      ? `there is no release before ${current.number} to return to${others}`
      : `there is no release ${to}`;
  throw new Failure(`roll back ${targetLabel(target)}`, problem, {
    hint: 'railiance history lists the releases; --to <number> chooses one',
    exitCode: exitCodes.invalidInput,
  });
}
