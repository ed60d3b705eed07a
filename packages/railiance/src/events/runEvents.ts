import type { Artifact } from '../domain/artifact.ts';
import type { Plan, PlannedStep } from '../domain/plan.ts';
import type { RunRecord } from '../domain/runRecord.ts';
import type { Cause } from '../domain/verdict.ts';
import { type CloudEvent, eventsAt, type Told } from './cloudEvent.ts';
import type { EvidenceFiles } from './evidence.ts';
import { runContinued, runEnded, runStarted } from './told/run.ts';
import { stepEnded, stepStarted, undoEnded, undoStarted } from './told/step.ts';

/** What cannot be read from the journal of the run itself. */
export interface Surroundings {
  readonly evidence: EvidenceFiles;
  /** The run before this one on the same stage, where it ended with a person being needed: whoever ends well settles it. */
  readonly unsettled?: { readonly runId: string; readonly detail: string };
}

/** The run as it stands at one record: what later records are told with. */
export interface RunSoFar {
  readonly runId: string;
  readonly plan: Plan;
  readonly startedAt: string;
  /** Whoever works on it now. */
  readonly actor: string;
  readonly artifact?: Artifact;
  readonly failure?: { readonly cause: Cause; readonly step?: string };
  /** File with the evidence of the step that failed. */
  readonly evidenceFile?: string;
  /** A step that changes the stage was begun. */
  readonly touched: boolean;
}

export interface ToldRecord {
  readonly seq: number;
  readonly events: readonly CloudEvent[];
}

/**
 * The events of a run, record by record: CDEvents inside CloudEvents. Pure: the same journal gives the same events, with
 * the same identities, on whatever machine and however often. A journal without a plan gives none.
 */
export function eventsOfRun(records: readonly RunRecord[], around: Surroundings): readonly ToldRecord[] {
  const [first] = records;
  if (first?.kind !== 'run-started') return [];
  const { runId, plan, at, actor } = first;
  let run: RunSoFar = { runId, plan, startedAt: at, actor, touched: false };
  return records.map((record) => {
    run = after(run, record);
    const moment = { seq: record.seq, at: record.at, author: run.actor };
    const origin = { app: plan.app, stage: plan.stage, runId };
    return { seq: record.seq, events: eventsAt(origin, moment, tell(record, run, around)) };
  });
}

function after(run: RunSoFar, record: RunRecord): RunSoFar {
  switch (record.kind) {
    case 'run-continued':
      return { ...run, actor: record.actor };
    case 'step-intent':
      return { ...run, touched: run.touched || changesStage(stepNamed(run.plan, record.step)) };
    case 'step-outcome': {
      const { outcome } = record;
      if (outcome.status === 'succeeded') {
        const { artifact } = outcome.output as { readonly artifact?: Artifact };
        return artifact ? { ...run, artifact } : run;
      }
      return outcome.status === 'skipped' || run.failure ? run : { ...run, evidenceFile: outcome.evidenceFile };
    }
    case 'failing':
      return { ...run, failure: { cause: record.cause, ...(record.step !== undefined && { step: record.step }) } };
    default:
      return run;
  }
}

/** A build changes this machine and a push the registry, not the stage. */
function changesStage({ changes, uses }: PlannedStep): boolean {
  return changes && uses !== 'build' && uses !== 'push';
}

function tell(record: RunRecord, run: RunSoFar, around: Surroundings): readonly Told[] {
  switch (record.kind) {
    case 'run-started':
      return runStarted(run);
    case 'run-continued':
      return runContinued(run, record.how);
    case 'step-intent':
      return stepStarted(run, stepNamed(run.plan, record.step));
    case 'step-outcome':
      return stepEnded(run, stepNamed(run.plan, record.step), record, around);
    case 'undo-intent':
      return undoStarted(run, stepNamed(run.plan, record.step));
    case 'undo-outcome':
      return undoEnded(run, stepNamed(run.plan, record.step), record);
    case 'run-ended':
      return runEnded(run, record, around);
    case 'failing':
      // Its cause is told with the end of the step and of the run.
      return [];
  }
}

/** Journals of older versions may name a step that is not in the plan any more. */
function stepNamed({ steps, afterUndo = [] }: Plan, id: string): PlannedStep {
  const known = [...steps, ...afterUndo].find((step) => step.id === id);
  return known ?? { id, uses: id, title: id, changes: false, input: {} };
}
