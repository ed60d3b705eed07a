import { exitCodes, Failure, problemOf } from '../domain/failure.ts';
import type { Cause } from '../domain/verdict.ts';
import { JournalFailed } from './journalFailed.ts';
import { LeaseLost } from './lease.ts';
import type { RunState } from './runState.ts';
import type { CutOff } from './runSummary.ts';

/** Where a run stood, to follow "was stopped". */
export function placeIn({ plan, steps }: RunState): string {
  const [id, trace] = [...steps].at(-1) ?? [];
  const title = plan.steps.find((step) => step.id === id)?.title ?? id;
  if (title === undefined) return 'before its first step';
  return `${trace?.outcome ? 'after' : 'in'} "${title}"`;
}

/** The cause in an error that a step threw instead of naming one. */
export function causeOfError(error: unknown): Cause {
  const hint = error instanceof Failure ? error.hint : undefined;
  return { name: 'internal', summary: problemOf(error), ...(hint !== undefined && { hint }) };
}

/** What to say of a run that this process can no longer carry on. */
export function cutOffBy(error: unknown): CutOff {
  const detail = problemOf(error);
  if (error instanceof LeaseLost) {
    const cause: Cause = { name: 'lease-lost', summary: detail, ...(error.hint && { hint: error.hint }) };
    return { exitCode: exitCodes.leaseHeld, detail, cause };
  }
  const hint = error instanceof JournalFailed ? error.hint : undefined;
  return {
    exitCode: exitCodes.needsPerson,
    detail,
    cause: { name: 'internal', summary: detail, ...(hint !== undefined && { hint }) },
  };
}

/** @throws Failure where there is nothing to take over */
export function refuseToTakeOver(state: RunState | undefined, runId: string, how: string): asserts state is RunState {
  const action = `${how} run ${runId}`;
  if (!state) {
    throw new Failure(action, 'its journal does not begin with a plan: it changed nothing', {
      exitCode: exitCodes.invalidInput,
    });
  }
  if (state.ended) {
    throw new Failure(action, `it is over: ${state.ended.state}`, { exitCode: exitCodes.invalidInput });
  }
  if (how === 'abandon' && state.committed) {
    throw new Failure(action, 'what it deployed is verified and serves already', {
      hint: 'resume it to record the release, then roll back',
      exitCode: exitCodes.invalidInput,
    });
  }
}
