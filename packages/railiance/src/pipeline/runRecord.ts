import type { ExitCode } from '../domain/failure.ts';
import type { Plan } from '../domain/plan.ts';
import type { Cause } from '../domain/verdict.ts';
import type { StepResult } from './step.ts';

export const journalSchema = 'railiance.journal.v1';

type Failed = Extract<StepResult<object>, { status: 'failed' | 'errored' }>;

/** A step's result as the journal keeps it: evidence is a file of the run, named here. */
export type StepOutcome =
  | Exclude<StepResult<object>, Failed>
  | (Omit<Failed, 'evidence'> & { readonly evidenceFile: string; readonly exitCode: ExitCode });

/** How a run is over. `interrupted` runs are not: they can be resumed. */
export type FinalState = 'succeeded' | 'rolled-back' | 'needs-person';

/** What a run writes down: the intent before, and what was observed after. JSON without secrets. */
export type RunEntry =
  | {
      readonly kind: 'run-started';
      readonly schema: typeof journalSchema;
      readonly runId: string;
      readonly actor: string;
      readonly fencing: number;
      readonly plan: Plan;
    }
  | {
      /** Another process took the run over. */
      readonly kind: 'run-continued';
      readonly fencing: number;
      readonly actor: string;
      readonly how: 'resume' | 'abandon' | 'recover';
    }
  | { readonly kind: 'step-intent'; readonly step: string }
  | {
      readonly kind: 'step-outcome';
      readonly step: string;
      readonly outcome: StepOutcome;
      readonly durationMs: number;
    }
  | {
      /** The one cause for which everything is undone from here on. */
      readonly kind: 'failing';
      readonly step?: string;
      readonly cause: Cause;
      readonly exitCode: ExitCode;
    }
  | { readonly kind: 'undo-intent'; readonly step: string }
  | {
      readonly kind: 'undo-outcome';
      readonly step: string;
      /** What stood in the way; absent where the undo is done. */
      readonly problem?: string;
      readonly durationMs: number;
    }
  | {
      readonly kind: 'run-ended';
      readonly state: FinalState;
      readonly exitCode: ExitCode;
      /** What the target is left with, in words a tired person understands. */
      readonly detail: string;
    };

/** An entry in its place: numbered from 1, dated, chained to the line before. */
export type RunRecord = RunEntry & {
  readonly seq: number;
  /** Wall clock, ISO 8601; for people, never compared. */
  readonly at: string;
};
