import type { Artifact } from '../../domain/artifact.ts';
import type { PlannedStep } from '../../domain/plan.ts';
import type { PublishedImage } from '../../domain/registry.ts';
import type { RunRecord, StepOutcome } from '../../domain/runRecord.ts';
import { cdEvent } from '../cdEvent.ts';
import { plainText, type Told } from '../cloudEvent.ts';
import type { RunSoFar, Surroundings } from '../runEvents.ts';
import { packaged, published } from './artifact.ts';
import { checksEnded, checksStarted } from './checks.ts';
import { deployed } from './service.ts';

type StepEnded = Extract<RunRecord, { kind: 'step-outcome' }>;
type UndoEnded = Extract<RunRecord, { kind: 'undo-outcome' }>;

const longestWords = 2_000;

export function stepStarted(run: RunSoFar, step: PlannedStep): readonly Told[] {
  return [task('started', run, step, { summary: step.title }), ...checksStarted(run, step)];
}

/** The end of a step, and what it means beyond itself: an artifact, a verdict, a release. */
export function stepEnded(run: RunSoFar, step: PlannedStep, ended: StepEnded, around: Surroundings): readonly Told[] {
  const { outcome, durationMs } = ended;
  const words = wordsOf(outcome);
  const { status } = outcome;
  const finished = task('finished', run, step, {
    summary: `${step.title}: ${words}`,
    content: { outcome: outcomes[status], errors: status === 'succeeded' || status === 'skipped' ? undefined : words },
    customData: {
      duration_ms: durationMs,
      observed: words,
      changed: status === 'succeeded' ? outcome.changed : undefined,
      warnings: status === 'succeeded' ? outcome.warnings?.map((text) => plainText(text, longestWords)) : undefined,
    },
  });
  return [finished, ...meaningOf(run, step, outcome), ...checksEnded(run, step, ended, around)];
}

function meaningOf(run: RunSoFar, { uses }: PlannedStep, outcome: StepOutcome): readonly Told[] {
  if (outcome.status !== 'succeeded' || !outcome.changed) return [];
  if (uses === 'build') return [packaged((outcome.output as { readonly artifact: Artifact }).artifact)];
  if (uses === 'push' && run.artifact) return [published(run.artifact, outcome.output as PublishedImage)];
  if (uses === 'record') return [deployed(run, (outcome.output as { readonly number: number }).number)];
  return [];
}

export function undoStarted(run: RunSoFar, step: PlannedStep): readonly Told[] {
  return [task('started', run, undoing(step), { summary: undoing(step).title })];
}

export function undoEnded(run: RunSoFar, step: PlannedStep, { problem, durationMs }: UndoEnded): readonly Told[] {
  const errors = problem === undefined ? undefined : plainText(problem, longestWords);
  return [
    task('finished', run, undoing(step), {
      summary: `${undoing(step).title}: ${errors ?? 'done'}`,
      content: { outcome: errors === undefined ? 'success' : 'error', errors },
      customData: { duration_ms: durationMs },
    }),
  ];
}

function undoing({ id, title, ...step }: PlannedStep): PlannedStep {
  return { ...step, id: `undo-${id}`, title: `Undo: ${title}` };
}

interface TaskWords {
  readonly summary: string;
  readonly content?: Readonly<Record<string, unknown>>;
  readonly customData?: Readonly<Record<string, unknown>>;
}

function task(predicate: 'started' | 'finished', run: RunSoFar, step: PlannedStep, words: TaskWords): Told {
  const { runId, plan } = run;
  const position = plan.steps.findIndex(({ id }) => id === step.id) + 1;
  return cdEvent(`taskRun.${predicate}`, {
    subjectId: `${runId}/${step.id}`,
    summary: words.summary,
    content: { taskName: step.title, pipelineRun: { id: runId }, ...words.content },
    customData: {
      app: plan.app,
      stage: plan.stage,
      step: step.id,
      position: position || undefined,
      ...words.customData,
    },
  });
}

/** CDEvents leave the word open beyond the first three: a step that was not needed neither succeeded nor failed. */
const outcomes = { succeeded: 'success', failed: 'failure', errored: 'error', skipped: 'skip' } as const;

function wordsOf(outcome: StepOutcome): string {
  if (outcome.status === 'succeeded') return plainText(outcome.observed, longestWords);
  return plainText(outcome.status === 'skipped' ? outcome.why : outcome.cause.summary, longestWords);
}
