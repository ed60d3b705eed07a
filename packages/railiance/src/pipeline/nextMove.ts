import { type ExitCode, exitCodes } from '../domain/failure.ts';
import type { PlannedStep } from '../domain/plan.ts';
import type { FinalState, StepOutcome } from '../domain/runRecord.ts';
import type { Cause } from '../domain/verdict.ts';
import type { RunState } from './runState.ts';

export type Move =
  | { readonly do: 'step'; readonly step: PlannedStep }
  | { readonly do: 'fail'; readonly step: PlannedStep; readonly cause: Cause; readonly exitCode: ExitCode }
  | { readonly do: 'undo'; readonly step: PlannedStep }
  | { readonly do: 'end'; readonly state: FinalState; readonly exitCode: ExitCode; readonly detail: string }
  | { readonly do: 'nothing' };

type CanUndo = (step: PlannedStep) => boolean;

/**
 * What a run does next, from its journal alone: the same for a run under way and for one that was cut off anywhere.
 * Forward through the plan; once failing, back through every step that may have changed something, up to the first that
 * cannot be taken back; then a look at what serves.
 */
export function nextMove(state: RunState, canUndo: CanUndo): Move {
  if (state.ended) return { do: 'nothing' };
  return state.failure ? backward(state, state.failure, canUndo) : forward(state);
}

function forward({ plan, steps }: RunState): Move {
  for (const step of plan.steps) {
    const outcome = steps.get(step.id)?.outcome;
    if (!outcome) return { do: 'step', step };
    if (isBad(outcome)) return { do: 'fail', step, cause: outcome.cause, exitCode: outcome.exitCode };
  }
  return { do: 'end', state: 'succeeded', exitCode: exitCodes.done, detail: 'every step of the plan succeeded' };
}

function backward(state: RunState, failure: NonNullable<RunState['failure']>, canUndo: CanUndo): Move {
  const stuck = [...state.undos].find(([, undo]) => undo.problem !== undefined);
  const left = stuck ? undefined : stepsToUndo(state, canUndo)[0];
  if (left) return { do: 'undo', step: left };
  const looks = state.undos.size > 0 ? (state.plan.afterUndo ?? []) : [];
  const nextLook = looks.find((step) => !state.steps.get(step.id)?.outcome);
  if (nextLook) return { do: 'step', step: nextLook };
  const seen = looks.map((step) => wordsOf(state.steps.get(step.id)?.outcome));
  if (stuck) {
    const detail = [`"${stuck[0]}" could not be undone: ${stuck[1].problem}`, ...seen].join('; ');
    return { do: 'end', state: 'needs-person', exitCode: exitCodes.needsPerson, detail };
  }
  const gone = looks.some((step) => isBad(state.steps.get(step.id)?.outcome));
  if (gone) {
    return { do: 'end', state: 'needs-person', exitCode: exitCodes.needsPerson, detail: seen.join('; ') };
  }
  const detail = state.undos.size === 0 ? 'nothing had to be undone' : ['everything was undone', ...seen].join('; ');
  return { do: 'end', state: 'rolled-back', exitCode: failure.exitCode, detail };
}

/** Last first. A step that was cut off, failed or could not tell may have changed something too. */
function stepsToUndo({ plan, steps, undos }: RunState, canUndo: CanUndo): readonly PlannedStep[] {
  return plan.steps.toReversed().filter((step) => {
    const trace = steps.get(step.id);
    if (!trace || undos.get(step.id)?.done || !canUndo(step)) return false;
    if (trace.outcome?.status === 'skipped') return false;
    return !(trace.outcome?.status === 'succeeded' && !trace.outcome.changed);
  });
}

function isBad(outcome: StepOutcome | undefined): outcome is Extract<StepOutcome, { status: 'failed' | 'errored' }> {
  return outcome?.status === 'failed' || outcome?.status === 'errored';
}

function wordsOf(outcome: StepOutcome | undefined): string {
  if (outcome?.status === 'succeeded') return outcome.observed;
  if (outcome?.status === 'skipped') return outcome.why;
  return outcome ? outcome.cause.summary : 'not looked at';
}
