import { type ExitCode, exitCodes } from '../domain/failure.ts';
import type { Plan, PlannedStep } from '../domain/plan.ts';
import type { FinalState } from '../domain/runRecord.ts';
import type { Cause, CheckResult } from '../domain/verdict.ts';
import type { RunState } from './runState.ts';

export const runSchema = 'railiance.run.v1';

export interface StepSummary {
  readonly id: string;
  readonly title: string;
  /** `cut-off`: begun, and nothing more is known. `not-run`: never begun. */
  readonly status: 'succeeded' | 'failed' | 'errored' | 'skipped' | 'cut-off' | 'not-run';
  /** What was seen, why it was skipped, or the cause. */
  readonly observed?: string;
  readonly changed?: boolean;
  readonly output?: object;
  readonly checks?: readonly CheckResult[];
  readonly warnings?: readonly string[];
  /** Absolute file with what the failure left behind. */
  readonly evidenceFile?: string;
  readonly durationMs?: number;
}

/** One run as `--json`, `status` and `history` show it: only what its journal holds. */
export interface RunSummary {
  readonly schema: typeof runSchema;
  readonly runId: string;
  readonly command: Plan['command'];
  readonly app: string;
  readonly stage: string;
  /** `interrupted`: cut off; not over, and can be resumed or abandoned. */
  readonly state: FinalState | 'interrupted';
  readonly exitCode: ExitCode;
  /** What the target is left with. */
  readonly detail: string;
  readonly actor: string;
  readonly fencing: number;
  readonly startedAt: string;
  /** When the last record was written. */
  readonly lastAt: string;
  readonly durationMs: number;
  readonly steps: readonly StepSummary[];
  readonly undone: readonly { readonly step: string; readonly problem?: string; readonly durationMs?: number }[];
  readonly cause?: Cause;
  /** The step that the cause came from. */
  readonly failedStep?: string;
}

/** Why a run is not over though nobody works on it. */
export interface CutOff {
  readonly exitCode: ExitCode;
  readonly detail: string;
  readonly cause?: Cause;
}

const processGone: CutOff = {
  exitCode: exitCodes.needsPerson,
  detail: 'it was cut off: its process is gone, and nobody has taken it over yet',
};

/** `cutOff` says why a run that is not over stands still. */
export function summarise(state: RunState, cutOff: CutOff = processGone): RunSummary {
  const { plan, failure, ended } = state;
  const end = ended ?? { state: 'interrupted' as const, ...cutOff };
  const cause = failure?.cause ?? (ended ? undefined : cutOff.cause);
  return {
    schema: runSchema,
    runId: state.runId,
    command: plan.command,
    app: plan.app,
    stage: plan.stage,
    state: end.state,
    exitCode: end.exitCode,
    detail: end.detail,
    actor: state.actor,
    fencing: state.fencing,
    startedAt: state.startedAt,
    lastAt: state.lastAt,
    durationMs: Math.max(0, Date.parse(state.lastAt) - Date.parse(state.startedAt)),
    steps: [...plan.steps, ...(failure ? (plan.afterUndo ?? []) : [])].map((step) => summariseStep(step, state)),
    undone: [...state.undos].map(([step, { problem, durationMs }]) => ({
      step,
      ...(problem !== undefined && { problem }),
      ...(durationMs !== undefined && { durationMs }),
    })),
    ...(cause && { cause }),
    ...(failure?.step && { failedStep: failure.step }),
  };
}

function summariseStep({ id, title }: PlannedStep, { steps }: RunState): StepSummary {
  const trace = steps.get(id);
  if (!trace) return { id, title, status: 'not-run' };
  const { outcome, durationMs } = trace;
  if (!outcome) return { id, title, status: 'cut-off' };
  const timing = durationMs === undefined ? {} : { durationMs };
  if (outcome.status === 'skipped') return { id, title, status: 'skipped', observed: outcome.why, ...timing };
  if (outcome.status === 'succeeded') return { id, title, ...outcome, ...timing };
  const { status, cause, checks, evidenceFile } = outcome;
  return { id, title, status, observed: cause.summary, ...(checks && { checks }), evidenceFile, ...timing };
}
