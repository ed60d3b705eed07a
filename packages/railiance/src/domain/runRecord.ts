import type { ExitCode } from './failure.ts';
import type { Plan } from './plan.ts';
import type { Cause, CheckResult } from './verdict.ts';

export const journalSchema = 'railiance.journal.v1';

export interface Succeeded<Output extends object> {
  readonly status: 'succeeded';
  readonly output: Output;
  /** One line for a person: what was seen. */
  readonly observed: string;
  /** False where everything was already as wanted. */
  readonly changed: boolean;
  readonly checks?: readonly CheckResult[];
  /** Said beside the success: a limit that could not be given, a clean-up that failed. */
  readonly warnings?: readonly string[];
}

/** `failed`: it said no. `errored`: it could not tell. */
export interface Refused {
  readonly status: 'failed' | 'errored';
  readonly cause: Cause;
  readonly checks?: readonly CheckResult[];
}

export interface Skipped {
  readonly status: 'skipped';
  readonly why: string;
}

/** A step's result as the journal keeps it: evidence is a file of the run, named here. */
export type StepOutcome =
  | Succeeded<object>
  | Skipped
  | (Refused & { readonly evidenceFile: string; readonly exitCode: ExitCode });

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
