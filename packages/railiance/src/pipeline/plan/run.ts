import { type Plan, planSchema } from '../../domain/plan.ts';
import { making } from './deploy.ts';
import { type AppFacts, type Source, targetOf } from './facts.ts';
import { planned, preparing, starting } from './plannedSteps.ts';

/** A version tried on this machine: it starts, answers, and ends cleanly on SIGTERM. Nothing of it stays. */
export function planRun(facts: AppFacts & { readonly from: Source }): Plan {
  const { app, stage, from, despite } = facts;
  const target = targetOf(facts);
  return {
    schema: planSchema,
    command: 'run',
    app: app.slug,
    stage: stage.name,
    steps: [
      ...making(facts),
      planned('gate', 'Gate', false, {
        target,
        app,
        current: facts.current?.number ?? null,
        essentialOnly: false,
        approval: false,
        despite,
      }),
      ...preparing(target, app, stage),
      ...starting(target, app, stage, true),
      planned('stop', 'Stop it with SIGTERM', true, { target }),
      planned('clean-exit', 'Clean exit', false, { stopTimeoutMs: app.run.stopTimeoutMs }),
    ],
    notes: [`${from.kind === 'build' ? from.revision.tag : from.artifact.revision.tag} runs here and is stopped again`],
  };
}
