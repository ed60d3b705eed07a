import type { Plan, PlannedStep } from '../domain/plan.ts';
import type { ProgressEvent } from '../domain/progress.ts';
import type { StepOutcome } from '../domain/runRecord.ts';
import type { Cause } from '../domain/verdict.ts';
import type { RunSummary } from './runSummary.ts';

/** What happens in a run, in order, for whoever watches. Journal first: nothing is told before it is written down. */
export type RunEvent =
  | { readonly kind: 'lease-waiting'; readonly holder: string }
  | {
      readonly kind: 'run-started';
      readonly runId: string;
      readonly plan: Plan;
      /** Absent for a new run. */
      readonly continued?: 'resume' | 'abandon' | 'recover';
    }
  | { readonly kind: 'step-started'; readonly runId: string; readonly step: PlannedStep }
  | {
      readonly kind: 'progress';
      readonly runId: string;
      readonly step: PlannedStep;
      readonly progress: ProgressEvent;
    }
  | {
      readonly kind: 'step-ended';
      readonly runId: string;
      readonly step: PlannedStep;
      readonly outcome: StepOutcome;
      readonly durationMs: number;
    }
  | { readonly kind: 'cause'; readonly runId: string; readonly cause: Cause; readonly step?: PlannedStep }
  | { readonly kind: 'undo-started'; readonly runId: string; readonly step: PlannedStep }
  | {
      readonly kind: 'undo-ended';
      readonly runId: string;
      readonly step: PlannedStep;
      readonly problem?: string;
      readonly durationMs: number;
    }
  | { readonly kind: 'run-ended'; readonly runId: string; readonly summary: RunSummary };

export type RunObserver = (event: RunEvent) => void;
