import { targetLabel, target as targetOf } from '../../domain/name.ts';
import { type Plan, planSchema } from '../../domain/plan.ts';
import { currentOf, type StageFacts } from './facts.ts';
import { commitOf, keptSecretsOf, planned, restoring, starting, switching } from './plannedSteps.ts';
import { pushing, verifying } from './pulledImage.ts';

/**
 * The current release again, in a new instance, without a moment in which nothing serves.
 * @throws Failure (invalid input) where nothing was released
 */
export function planRestart(facts: StageFacts & { readonly app: string }): Plan {
  const { app, stage, despite } = facts;
  const target = targetOf(app, stage.name);
  const current = currentOf(facts, app, `restart ${targetLabel(target)}`);
  const { spec, artifact, published, secrets, number } = current;
  const steps = [
    verifying(stage, spec, { artifact, published, goesOn: true }),
    ...pushing(stage, spec, { published, current, goesOn: true }),
    planned('gate', 'Gate', false, {
      target,
      app: spec,
      current: number,
      essentialOnly: true,
      approval: false,
      despite,
    }),
    planned('kept-secrets', `Secrets of release ${number}`, false, keptSecretsOf(target, secrets), 'secrets'),
    ...starting(target, spec, stage, true),
    ...switching(target, { ...spec, deploy: { ...spec.deploy, observeMs: 0 } }),
    planned('retire', 'Stop the old instance', true, { target }),
  ];
  return {
    schema: planSchema,
    command: 'restart',
    app,
    stage: stage.name,
    steps,
    commitsAt: commitOf(steps),
    afterUndo: restoring(target, current),
    notes: [`release ${number} (${artifact.revision.tag}) starts again beside itself`],
  };
}
