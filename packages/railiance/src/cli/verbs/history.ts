import { exitCodes, Failure } from '../../domain/failure.ts';
import type { Target } from '../../domain/name.ts';
import type { Release } from '../../domain/release.ts';
import type { RunSummary } from '../../pipeline/runSummary.ts';
import { defineCommand, integer, optional, text } from '../command.ts';
import { knownTarget } from '../knownTarget.ts';
import { formatAge, formatDuration } from '../output/format.ts';
import { bold, dim, green, red, type Text, yellow } from '../output/text.ts';
import type { Output } from '../output.ts';
import { openRecords, type Records } from '../records.ts';
import { readRun } from '../stageView.ts';

interface Entry {
  readonly run: RunSummary;
  readonly release?: Release;
}

const endings: Readonly<Record<RunSummary['state'], Text>> = {
  succeeded: green('✓ verified'),
  'rolled-back': red('✗ rolled back'),
  'needs-person': red('✗ needs a person'),
  interrupted: yellow('! cut off'),
};

async function entries(target: Target, { runs, releases }: Records, limit: number): Promise<readonly Entry[]> {
  const [runIds, known] = await Promise.all([runs.list(target), releases.list(target)]);
  const byRun = new Map(known.map((release) => [release.runId, release]));
  const summaries = await Promise.all(runIds.slice(0, limit).map((runId) => readRun(target, runId, runs)));
  return summaries
    .filter((run) => run !== undefined)
    .map((run) => {
      const release = byRun.get(run.runId);
      return { run, ...(release && { release }) };
    });
}

function outcome({ run, release }: Entry): Text {
  if (release?.restores !== undefined) return `brought back #${release.restores}`;
  if (release?.promotedFrom !== undefined) return `from ${release.promotedFrom}`;
  return run.cause ? [run.cause.name, ': ', run.cause.summary] : '';
}

function printRun(run: RunSummary, output: Output): void {
  output.pairs([
    ['run', run.runId],
    ['command', `${run.command} ${run.app} → ${run.stage}, by ${run.actor}`],
    ['started', run.startedAt],
    ['ended', [endings[run.state], dim(` after ${formatDuration(run.durationMs)}`)]],
    ['now', run.detail],
  ]);
  if (run.cause) output.pairs([['cause', [bold(run.cause.name), ': ', run.cause.summary]]]);
  output.line();
  output.table(
    [
      { title: 'STEP', value: (step) => step.title },
      { title: 'ENDED', value: (step) => step.status },
      {
        title: 'TOOK',
        value: (step) => (step.durationMs === undefined ? '' : formatDuration(step.durationMs)),
        align: 'right',
      },
      { title: 'SEEN', value: (step) => step.observed ?? '', flexible: true },
    ],
    run.steps,
    'no step was begun',
  );
  const evidence = run.steps.flatMap(({ evidenceFile }) => evidenceFile ?? []);
  for (const file of evidence) output.line(['evidence  ', file]);
}

export default defineCommand({
  name: 'history',
  group: 'Look',
  summary: 'Show the releases and the failed runs of an app on a stage',
  arguments: { app: optional('slug or folder; without it, the app.toml here or above') },
  options: {
    stage: text('stage', 'the stage; without it, production or the only one'),
    run: text('run', 'one run, with every step'),
    limit: integer('count', 'how many runs', 20),
  },
  examples: [
    { line: 'railiance history probe', does: 'what happened on production, newest first' },
    { line: 'railiance history probe --run 000004-1f2e3d4c', does: 'every step of one run, and where its evidence is' },
  ],
  async run({ args, options, output, env, cwd }) {
    const records = await openRecords(env, cwd);
    const target = await knownTarget({ reference: args.app, stage: options.stage, cwd, records, output });
    if (options.run !== undefined) {
      const run = await readRun(target, options.run, records.runs);
      if (!run) throw new Failure('read the run', `${options.run} has no record`, { exitCode: exitCodes.invalidInput });
      return output.result(run, () => printRun(run, output));
    }
    const found = await entries(target, records, options.limit);
    const now = new Date();
    output.result({ schema: 'railiance.history.v1', ...target, entries: found } as const, () =>
      output.table<Entry>(
        [
          { title: '#', value: ({ release }) => (release ? String(release.number) : dim('–')), align: 'right' },
          { title: 'COMMAND', value: ({ run }) => run.command },
          { title: 'ENDED', value: ({ run }) => endings[run.state] },
          { title: 'TAG', value: ({ release }) => release?.artifact.revision.tag ?? '' },
          { title: 'WHEN', value: ({ run }) => formatAge(new Date(run.startedAt), now) },
          { title: 'BY', value: ({ run }) => run.actor },
          { title: 'RUN', value: ({ run }) => dim(run.runId) },
          { title: '', value: outcome, flexible: true },
        ],
        found,
        'nothing has happened here yet',
      ),
    );
  },
});
