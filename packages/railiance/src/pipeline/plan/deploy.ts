import { needsApproval } from '../../domain/approval.ts';
import { targetLabel } from '../../domain/name.ts';
import { type Plan, type PlannedStep, planSchema } from '../../domain/plan.ts';
import type { RecordInput } from '../steps/record.ts';
import { type AppFacts, notesOf, refuseDirty, type Source, targetOf } from './facts.ts';
import { repositoryOfStage } from './imageRepository.ts';
import { commitOf, planned, preparing, restoring, starting, switching } from './plannedSteps.ts';
import { pushing, verifying } from './pulledImage.ts';

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
    ...rollOut(facts, [...making(facts), ...publishing(facts)], { target, kind: 'deploy', spec: app }),
    notes: notesOf(facts, revision.tag),
  };
}

type Making = Pick<AppFacts, 'app' | 'stage'> & { readonly from: Source };

/** Up to an artifact whose every byte was read. */
export function making({ app, stage, from }: Making): readonly PlannedStep[] {
  if (from.kind === 'artifact') return [verifying(stage, app, from)];
  const { revision, builder } = from;
  const repository = repositoryOfStage(stage, app);
  return [
    planned('source', 'Source', false, { directory: app.directory, revision }),
    planned('build', `Build with ${builder}`, true, { app, revision, ...(repository && { repository }) }),
    verifying(stage, app, {}),
  ];
}

/** To where a stage that pulls gets it from. */
export function publishing({
  app,
  stage,
  from,
  current,
}: AppFacts & { readonly from: Source }): readonly PlannedStep[] {
  const published = from.kind === 'artifact' ? from.published : undefined;
  return pushing(stage, app, { published, current, goesOn: false });
}

/** From a verified artifact to a recorded release with today's configuration: what deploy and promote share. */
export function rollOut(
  facts: AppFacts,
  artifact: readonly PlannedStep[],
  record: RecordInput,
): Pick<Plan, 'steps' | 'commitsAt' | 'afterUndo'> {
  const { app, stage, current, despite } = facts;
  const { target } = record;
  const steps = [
    ...artifact,
    planned('gate', 'Gate', false, {
      target,
      app,
      current: current?.number ?? null,
      essentialOnly: false,
      approval: needsApproval(app, stage),
      despite,
    }),
    ...preparing(target, app, facts.stage),
    ...starting(target, app, stage, false),
    ...switching(target, app),
    planned('record', 'Record the release', true, record),
    planned('retire', 'Stop the old version', true, { target }),
    planned('prune', 'Clean up', true, { target, keep: app.retention.keep }),
    ...cleaningUp(facts),
  ];
  return { steps, commitsAt: commitOf(steps), afterUndo: restoring(target, current) };
}

/** The registry, where app.toml asks for it. */
function cleaningUp({ app, stage, stages }: AppFacts): readonly PlannedStep[] {
  const repository = repositoryOfStage(stage, app);
  if (!app.retention.registry || !repository || !stages) return [];
  const { slug, directory, retention } = app;
  const input = { app: { slug, directory }, repository, stages, keep: retention.keep };
  return [planned('prune-registry', 'Clean up the registry', true, input)];
}
