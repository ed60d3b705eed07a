import type { StepOutcome } from '../domain/runRecord.ts';
import type { CheckResult } from '../domain/verdict.ts';
import type { RunEvent, RunObserver } from '../pipeline/runEvents.ts';
import type { RunSummary } from '../pipeline/runSummary.ts';
import { formatDuration } from './output/format.ts';
import type { RunView } from './output/runView.ts';
import { bold, dim, green, red, type Text, yellow } from './output/text.ts';
import type { Output } from './output.ts';

const continued = {
  resume: 'going on with run',
  abandon: 'undoing run',
  recover: 'first, finishing what was cut off: run',
} as const;

/** Shows the events of runs as they come: one list of steps for each run, then its end in words. */
export function observeRuns(output: Output): RunObserver {
  const views = new Map<string, RunView>();
  return (event) => {
    if (event.kind === 'lease-waiting') return output.note(dim(`waiting for ${event.holder}`));
    if (event.kind === 'run-started') {
      const { command, app, stage, steps, notes } = event.plan;
      const words = event.continued === undefined ? '' : ` (${continued[event.continued]} ${event.runId})`;
      const view = output.run(`${command} ${app} → ${stage}${words}`);
      views.set(event.runId, view);
      if (event.continued === undefined) view.plan(steps);
      for (const note of notes) output.note(dim(note));
      return;
    }
    const view = views.get(event.runId);
    if (view) show(event, view, output);
  };
}

type WithinRun = Exclude<RunEvent, { kind: 'run-started' | 'lease-waiting' }>;

function show(event: WithinRun, view: RunView, output: Output): void {
  switch (event.kind) {
    case 'step-started':
      view.start(event.step.id, event.step.title);
      break;
    case 'progress':
      view.progress(event.step.id, event.progress);
      break;
    case 'step-ended':
      view.finish(event.step.id, finalState(event.outcome), observed(event.outcome));
      if (event.outcome.status === 'succeeded') {
        for (const warning of event.outcome.warnings ?? []) output.warn(warning);
      }
      break;
    case 'undo-started':
      view.start(event.step.id);
      break;
    case 'undo-ended':
      view.finish(event.step.id, event.problem === undefined ? 'undone' : 'failed', event.problem ?? 'undone');
      break;
    case 'cause':
      break;
    case 'run-ended':
      view.close();
  }
}

function finalState({ status }: StepOutcome): 'done' | 'failed' | 'skipped' {
  if (status === 'succeeded') return 'done';
  return status === 'skipped' ? 'skipped' : 'failed';
}

function observed(outcome: StepOutcome): Text {
  if (outcome.status === 'succeeded') return outcome.observed;
  if (outcome.status === 'skipped') return outcome.why;
  return outcome.cause.summary;
}

/** The end of a run for people: what is so now, the cause, what was saved, what to do next. */
export function printSummary(summary: RunSummary, output: Output): void {
  const took = dim(`(${formatDuration(summary.durationMs)})`);
  if (summary.state === 'succeeded') output.line([green('✓'), ' ', bold(doneWords(summary)), ' ', took]);
  else printFailure(summary, summary.state, took, output);
}

function printFailure(
  summary: RunSummary,
  state: Exclude<RunSummary['state'], 'succeeded'>,
  took: Text,
  output: Output,
): void {
  const where = `${summary.app} on ${summary.stage}`;
  const states = {
    'rolled-back': `${summary.command} of ${where} failed and was taken back`,
    'needs-person': `${summary.command} of ${where} failed, and a person is needed`,
    interrupted: `${summary.command} of ${where} was cut off`,
  };
  output.note([red('✗'), ' ', bold(states[state]), ' ', took]);
  const failed = summary.steps.find(({ id }) => id === summary.failedStep);
  if (summary.cause) output.note(['  ', bold('cause'), '     ', red(summary.cause.name), ': ', summary.cause.summary]);
  // The first is what the cause is about.
  for (const line of failedChecks(failed?.checks).slice(1)) output.note(['            ', line]);
  output.note(['  ', bold('now'), '       ', summary.detail]);
  if (failed?.evidenceFile) output.note(['  ', bold('evidence'), '  ', failed.evidenceFile]);
  output.note(['  ', bold('hint:'), '     ', hintOf(summary)]);
}

function doneWords({ command, app, stage, steps }: RunSummary): string {
  const output = (id: string) => steps.find((step) => step.id === id)?.output as Record<string, unknown> | undefined;
  const number = output('record')?.number;
  if (command === 'run') return `${app} builds, starts, answers and stops cleanly`;
  if (command === 'restart') return `${app} on ${stage} is restarted and verified`;
  return `${app} on ${stage} is live and verified${typeof number === 'number' ? ` as release ${number}` : ''}`;
}

function failedChecks(checks: readonly CheckResult[] = []): Text[] {
  return checks
    .filter(({ verdict }) => verdict !== 'pass')
    .map(({ name, verdict, summary }) => [verdict === 'fail' ? red('✗') : yellow('?'), ` ${name}: ${summary}`]);
}

function hintOf({ state, cause, app, stage, runId }: RunSummary): string {
  if (state === 'interrupted') return `railiance resume ${app} --stage ${stage} goes on, with --undo it takes back`;
  if (cause?.hint) return cause.hint;
  return `railiance history ${app} --stage ${stage} --run ${runId} shows every step`;
}
