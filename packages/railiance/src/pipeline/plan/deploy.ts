import { targetLabel } from '../../domain/name.ts';
import { type Plan, type PlannedStep, planSchema } from '../../domain/plan.ts';
import type { RecordInput } from '../steps/record.ts';
import { type AppFacts, notesOf, refuseDirty, type Source, targetOf } from './facts.ts';
import { commitOf, planned, preparing, restoring, starting, switching } from './plannedSteps.ts';

/**
 * A new version on a stage.
 * @throws Failure (gate refused) where uncommitted changes would go to production
 */
export function planDeploy(facts: AppFacts & { readonly from: Source }): Plan {
  const { app, from, stage } = facts;
  const target = targetOf(facts);
  const revision = from.kind === 'build' ? from.revision : from.artifact.revision;
  refuseDirty(stage, revision, `deploy ${targetLabel(target)}`);
  return {
    schema: planSchema,
    command: 'deploy',
    app: app.slug,
    stage: stage.name,
    ...rollOut(facts, making(facts), { target, kind: 'deploy', spec: app }),
    notes: notesOf(facts, revision.tag),
  };
}

/** Up to an artifact whose every byte was read. */
export function making({ app, from }: { readonly app: AppFacts['app']; readonly from: Source }): PlannedStep[] {
  if (from.kind === 'artifact') return [planned('verify', 'Verify the image', false, { artifact: from.artifact })];
  const { revision } = from;
  return [
    planned('source', 'Source', false, { directory: app.directory, revision }),
    planned('build', 'Build', true, { app, revision }),
    planned('verify', 'Verify the image', false, {}),
  ];
}

/** From a verified artifact to a recorded release with today's configuration: what deploy and promote share. */
export function rollOut(
  facts: AppFacts,
  artifact: readonly PlannedStep[],
  record: RecordInput,
): Pick<Plan, 'steps' | 'commitsAt' | 'afterUndo'> {
  const { app, current, despite } = facts;
  const { target } = record;
  const steps = [
    ...artifact,
    planned('gate', 'Gate', false, {
      target,
      run: app.run,
      current: current?.number ?? null,
      essentialOnly: false,
      approval: app.deploy.approval ?? false,
      despite,
    }),
    ...preparing(target, app),
    ...starting(target, app, false),
    ...switching(target, app),
    planned('record', 'Record the release', true, record),
    planned('retire', 'Stop the old version', true, { target }),
    planned('prune', 'Clean up', true, { target, keep: app.retention.keep }),
  ];
  return { steps, commitsAt: commitOf(steps), afterUndo: restoring(target, current) };
}
