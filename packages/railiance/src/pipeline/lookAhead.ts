import type { PlannedStep } from '../domain/plan.ts';
import type { RunState } from './runState.ts';
import type { StepContext, StepOf } from './step.ts';

/** Has later steps make ready what they can while this one runs. */
export function lookAhead(
  { plan, steps, failure }: RunState,
  current: PlannedStep,
  stepOf: StepOf,
  contextOf: (step: PlannedStep) => StepContext,
): void {
  if (failure) return;
  for (const step of plan.steps) {
    const { ahead } = stepOf(step);
    if (ahead?.during !== current.uses || steps.get(step.id)?.outcome) continue;
    ahead.run(step.input, contextOf(step)).catch(() => {});
  }
}
