import type { RunState } from './runState.ts';
import type { StepContext } from './step.ts';

type FromRunner = Pick<StepContext, 'fencing' | 'signal' | 'progress' | 'evidenceDir'>;

/** What a step is given: the run so far as its journal holds it, and what only the runner knows. */
export function stepContext(state: RunState, fromRunner: FromRunner): StepContext {
  const { runId, actor, startedAt, steps, plan } = state;
  const outputOf = <T extends object>(stepId: string): T | undefined => {
    const outcome = steps.get(stepId)?.outcome;
    return outcome?.status === 'succeeded' ? (outcome.output as T) : undefined;
  };
  return {
    runId,
    actor,
    startedAt,
    ...fromRunner,
    outputOf,
    output<T extends object>(stepId: string): T {
      const output = outputOf<T>(stepId);
      if (!output) throw new Error(`the plan has no finished step "${stepId}" before this one`);
      return output;
    },
    inputOf: <T extends object>(stepId: string) => plan.steps.find(({ id }) => id === stepId)?.input as T | undefined,
    checks: [...steps.values()].flatMap(({ outcome }) =>
      outcome && outcome.status !== 'skipped' ? (outcome.checks ?? []) : [],
    ),
  };
}
