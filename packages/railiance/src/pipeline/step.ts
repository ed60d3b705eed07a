import type { PlannedStep } from '../domain/plan.ts';
import type { Progress } from '../domain/progress.ts';
import type { Refused, Skipped, Succeeded } from '../domain/runRecord.ts';
import type { CheckResult, Evidence } from '../domain/verdict.ts';

/** How a step ended. Thrown errors count as `errored`. */
export type StepResult<Output extends object> =
  | Succeeded<Output>
  | Skipped
  | (Refused & { readonly evidence: Evidence });

export interface StepContext {
  readonly runId: string;
  /** Who asked for the run. */
  readonly actor: string;
  /** When the run started, ISO 8601. */
  readonly startedAt: string;
  readonly fencing: number;
  readonly signal: AbortSignal;
  readonly progress: Progress;
  /** Outputs of the steps before this one, by step id, as the journal holds them (JSON, no secrets). */
  output<T extends object>(stepId: string): T;
  /** As `output`, undefined where that step is not in the plan or was skipped. */
  outputOf<T extends object>(stepId: string): T | undefined;
  /** What the plan has for another step, undefined where that is not in it. */
  inputOf<T extends object>(stepId: string): T | undefined;
  /** What all checks of this run have said so far. */
  readonly checks: readonly CheckResult[];
  /** Where files that outlive the run as evidence are put. */
  readonly evidenceDir: string;
}

/**
 * One kind of step. Idempotent: `run` looks before it acts, so that it may be run again after a crash at any instant.
 * Steps know nothing of order, retry or rollback: the runner holds all control flow.
 */
export interface StepDefinition<Input extends object, Output extends object> {
  readonly name: string;
  /** May be stopped at any instant without harm: its signal is aborted by the first Ctrl-C. Others are left to finish. */
  readonly interruptible?: true;
  run(input: Input, context: StepContext): Promise<StepResult<Output>>;
  /** What may be asked or made ready while a step before it runs, named by its kind. Nobody hears what it throws. */
  readonly ahead?: { readonly during: string; run(input: Input, context: StepContext): Promise<void> };
  /**
   * Takes back what `run` did or may have begun to do (output undefined). Idempotent.
   * @throws what stands in the way; the run then needs a person
   */
  undo?(input: Input, output: Output | undefined, context: StepContext): Promise<void>;
}

export function defineStep<Input extends object, Output extends object>(
  step: StepDefinition<Input, Output>,
): StepDefinition<Input, Output> {
  return step;
}

export type StepOf = (planned: PlannedStep) => StepDefinition<object, object>;
