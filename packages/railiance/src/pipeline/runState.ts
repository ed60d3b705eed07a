import type { ExitCode } from '../domain/failure.ts';
import type { Plan } from '../domain/plan.ts';
import type { FinalState, RunRecord, StepOutcome } from '../domain/runRecord.ts';
import type { Cause } from '../domain/verdict.ts';

interface StepTrace {
  readonly outcome?: StepOutcome;
  readonly startedAt: string;
  readonly durationMs?: number;
}

interface UndoTrace {
  readonly done: boolean;
  readonly problem?: string;
  readonly durationMs?: number;
}

/** All that a journal says about its run. */
export interface RunState {
  readonly runId: string;
  readonly plan: Plan;
  readonly actor: string;
  readonly startedAt: string;
  /** Of the last record. */
  readonly lastAt: string;
  readonly fencing: number;
  /** Steps that were begun, by id, in order; one without an outcome was cut off. */
  readonly steps: ReadonlyMap<string, StepTrace>;
  readonly failure?: { readonly step?: string; readonly cause: Cause; readonly exitCode: ExitCode };
  /** Undos that were begun, by step id, in order. */
  readonly undos: ReadonlyMap<string, UndoTrace>;
  readonly ended?: { readonly state: FinalState; readonly exitCode: ExitCode; readonly detail: string };
  /** The switch was verified: from here a run that was cut off is completed, not undone. */
  readonly committed: boolean;
}

/** Reads a journal from its first record on. Undefined where not even the plan was written: then nothing was changed. */
export function replay(records: readonly RunRecord[]): RunState | undefined {
  const [first] = records;
  if (first?.kind !== 'run-started') return undefined;
  const { runId, plan, actor, at } = first;
  const steps = new Map<string, StepTrace>();
  const undos = new Map<string, UndoTrace>();
  let { fencing } = first;
  let failure: RunState['failure'];
  let ended: RunState['ended'];
  for (const record of records) {
    if (record.kind === 'run-continued') fencing = record.fencing;
    if (record.kind === 'step-intent') steps.set(record.step, { startedAt: record.at });
    if (record.kind === 'step-outcome') {
      const { step, outcome, durationMs } = record;
      steps.set(step, { startedAt: steps.get(step)?.startedAt ?? record.at, outcome, durationMs });
    }
    if (record.kind === 'failing') failure = record;
    if (record.kind === 'undo-intent') undos.set(record.step, { done: false });
    if (record.kind === 'undo-outcome') undos.set(record.step, { ...record, done: record.problem === undefined });
    if (record.kind === 'run-ended') ended = record;
  }
  return {
    runId,
    plan,
    actor,
    startedAt: at,
    lastAt: records.at(-1)?.at ?? at,
    fencing,
    steps,
    undos,
    committed: plan.commitsAt !== undefined && steps.get(plan.commitsAt)?.outcome?.status === 'succeeded',
    ...(failure && { failure }),
    ...(ended && { ended }),
  };
}
