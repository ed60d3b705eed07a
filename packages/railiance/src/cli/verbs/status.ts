import { exitCodes } from '../../domain/failure.ts';
import type { Target } from '../../domain/name.ts';
import { defineCommand, optional, text } from '../command.ts';
import { appOf, tellMissed } from '../knownTarget.ts';
import { formatAge, plural } from '../output/format.ts';
import { bold, dim, green, red, type Text, yellow } from '../output/text.ts';
import { openRecords, type Records } from '../records.ts';
import { type StageView, viewStage } from '../stageView.ts';
import { viewAll } from '../stageViews.ts';
import { createUnasked, namedStages, type Unasked } from '../unreachable.ts';

const marks: Readonly<Record<StageView['state'], Text>> = {
  serving: green('✓ serving'),
  down: red('✗ down'),
  differs: yellow('! differs'),
  'not-released': dim('– not released'),
  unknown: yellow('? unknown'),
};

function releaseWords({ release }: StageView): Text {
  return release ? `#${release.number} ${release.artifact.revision.tag}` : dim('none');
}

function reason({ state, observed, engineProblem, holder, lastRun }: StageView): Text {
  if (holder) return yellow(`${holder.command}, by ${holder.owner} (process ${holder.pid})`);
  if (engineProblem !== undefined) return engineProblem;
  if (lastRun?.state === 'interrupted') return yellow(`run ${lastRun.runId} stopped at "${stoppedAt(lastRun.steps)}"`);
  if (lastRun?.state === 'needs-person') return red(`needs a person: ${lastRun.detail}`);
  if (state === 'down') return observed?.active?.reason ?? 'no instance has the route';
  if (state === 'differs') return 'what serves is not the release on record';
  return dim(observed?.url ?? '');
}

function stoppedAt(steps: NonNullable<StageView['lastRun']>['steps']): string {
  return (
    (steps.find(({ status }) => status === 'cut-off') ?? steps.find(({ status }) => status === 'not-run'))?.title ??
    'end'
  );
}

function wanted(target: Target, app: string | undefined, stage: string | undefined): boolean {
  return (app === undefined || target.app === app) && (stage === undefined || target.stage === stage);
}

interface Around {
  readonly records: Records;
  readonly cwd: string;
  readonly unasked: Unasked;
}

/** One app is asked for target by target; everything is a few requests for each cluster, however much there is. */
async function look(
  reference: string | undefined,
  stage: string | undefined,
  { records, cwd, unasked }: Around,
): Promise<Looked> {
  if (reference === undefined) {
    const all = await viewAll(records, unasked.tell);
    return { seen: all.filter((view) => wanted(view, undefined, stage)), stages: stagesOf(all) };
  }
  const known = await records.targets(unasked.tell);
  const app = await appOf(reference, cwd, known, unasked);
  await tellMissed(app, known, records, unasked);
  const targets = known.filter((target) => wanted(target, app, stage));
  const stages = stagesOf(known.filter((target) => target.app === app));
  return { app, seen: await Promise.all(targets.map((target) => viewStage(target, records))), stages };
}

interface Looked {
  readonly app?: string;
  readonly seen: readonly StageView[];
  /** Where something is, asked for or not. */
  readonly stages: readonly string[];
}

function stagesOf(targets: readonly Target[]): readonly string[] {
  return [...new Set(targets.map(({ stage }) => stage))].filter((stage) => stage !== 'local').sort();
}

/** Instead of an empty table. A stage that is misspelt is none on which nothing is released. */
function nothingThere({ app, stages }: Looked, stage: string | undefined, unasked: readonly string[]): string {
  if (unasked.length > 0) return `what is on ${namedStages(unasked)} is not known`;
  if (stage !== undefined && stages.length > 0)
    return `nothing${app === undefined ? '' : ` of ${app}`} is on stage ${stage}, but on ${stages.join(', ')}`;
  return app === undefined
    ? 'nothing is released here yet; `railiance deploy` begins'
    : `nothing of ${app} is here yet`;
}

export default defineCommand({
  name: 'status',
  group: 'Look',
  summary: 'Show what serves where, and where a run stopped',
  description: [
    'Compares the releases on record with what the engine sees. Without an app it shows every app this machine knows.',
    'Exits 1 where something that should serve does not, 6 where that cannot be told: a stage that does not answer is named.',
  ],
  arguments: { app: optional('slug or folder of one app') },
  options: { stage: text('stage', 'one stage only') },
  examples: [
    { line: 'railiance status', does: 'everything on this machine' },
    { line: 'railiance status probe --stage production --json', does: 'one app on one stage, for a script' },
  ],
  async run({ args, options, output, env, cwd }) {
    const records = await openRecords(env, cwd);
    const unasked = createUnasked(output);
    const looked = await look(args.app, options.stage, { records, cwd, unasked });
    // The stage of `railiance run` keeps nothing: it is shown only while something is there, or when asked for.
    const stages = looked.seen.filter(
      (view) => view.stage !== 'local' || view.state !== 'not-released' || options.stage !== undefined,
    );
    const missing = unasked.stages.filter((stage) => options.stage === undefined || stage === options.stage);
    const now = new Date();
    output.result({ schema: 'railiance.status.v1', stages, unasked: missing } as const, () => {
      output.table<StageView>(
        [
          { title: 'APP', value: (view) => view.app },
          { title: 'STAGE', value: (view) => view.stage },
          { title: 'STATE', value: (view) => marks[view.state] },
          { title: 'RELEASE', value: releaseWords },
          { title: 'SINCE', value: ({ release }) => (release ? formatAge(new Date(release.verifiedAt), now) : '') },
          { title: '', value: reason, flexible: true },
        ],
        stages,
        nothingThere(looked, options.stage, missing),
      );
      const cutOff = stages.filter(({ holder, lastRun }) => !holder && lastRun?.state === 'interrupted').length;
      const hints = [
        ...new Set(stages.flatMap(({ engineHint }) => engineHint ?? [])),
        ...(cutOff > 0
          ? [`${plural(cutOff, 'run')} cut off; railiance resume goes on or, with --undo, takes back`]
          : []),
      ];
      for (const hint of hints) output.note([bold('hint:'), ' ', hint]);
    });
    if (stages.some(({ state }) => state === 'down' || state === 'differs')) return exitCodes.failedAndRolledBack;
    return missing.length > 0 || stages.some(({ state }) => state === 'unknown')
      ? exitCodes.dependencyMissing
      : exitCodes.done;
  },
});
