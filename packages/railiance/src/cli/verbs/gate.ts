import type { ImageNeeds } from '../../domain/artifact.ts';
import { exitCodes } from '../../domain/failure.ts';
import { target } from '../../domain/name.ts';
import type { CheckResult } from '../../domain/verdict.ts';
import { thisPlatform } from '../../oci/index.ts';
import type { StepPorts } from '../../pipeline/stepPorts.ts';
import { askGate } from '../../pipeline/steps/gate.ts';
import { makeReady } from '../carryOut.ts';
import { defineCommand, flag, optional, text } from '../command.ts';
import { openToolbox } from '../compose.ts';
import { formatDuration } from '../output/format.ts';
import { bold, dim, green, red, type Text, yellow } from '../output/text.ts';
import type { Output } from '../output.ts';
import { type Selection, select } from '../selection.ts';

const marks: Readonly<Record<CheckResult['verdict'], Text>> = {
  pass: green('✓'),
  fail: red('✗'),
  unknown: yellow('?'),
};

export default defineCommand({
  name: 'gate',
  group: 'Look',
  summary: 'Ask whether a stage is ready for a release: GO or NO-GO, with what was seen',
  description: [
    'The checks are those that a deploy asks before it changes anything; all run at once. What takes long stands for a while after it passed, and is shown with its age.',
    'Exits 4 on NO-GO. A deploy can go on with --despite <check> --reason "…", which is recorded; a rollback never waits for any of this.',
  ],
  arguments: { app: optional('slug or folder; without it, the app.toml here or above') },
  options: {
    stage: text('stage', 'the stage; without it, the first after local'),
    fresh: flag('look at everything again, whatever was seen a while ago'),
    full: flag('also push an image of a few bytes, have the nodes pull it, and delete it'),
  },
  examples: [
    { line: 'railiance gate --stage production', does: 'before the first deploy, or when one was refused' },
    { line: 'railiance gate --json', does: 'the evidence too, for a script' },
  ],
  async run({ args, options, output, env, cwd, signal }) {
    const started = performance.now();
    const selection = await select({ reference: args.app, stage: options.stage, cwd });
    const { app, stage } = selection;
    const ports = (await openToolbox(env, output, cwd, { fresh: options.fresh, full: options.full })).portsFor(stage);
    await makeReady(ports, output);
    const question = { target: target(app.slug, stage.name), app, ...(await imageOf(selection, ports)) };
    const checks = await askGate(question, ports, signal);
    const go = checks.every(({ verdict }) => verdict === 'pass');
    const durationMs = Math.round(performance.now() - started);
    const result = { schema: 'railiance.gate.v1', app: app.slug, stage: stage.name, go, durationMs, checks } as const;
    output.result(result, () => print(result, output));
    return go ? exitCodes.done : exitCodes.refused;
  },
});

/** What serves there now stands for the version to come, until that one is built. */
async function imageOf({ app, stage }: Selection, { releases }: Pick<StepPorts, 'releases'>) {
  const release = await releases.newest(target(app.slug, stage.name));
  const { os, architecture } = thisPlatform();
  const unknown: ImageNeeds = { platform: `${os}/${architecture}`, sizeBytes: 0 };
  return { image: release?.artifact ?? unknown, ...(release?.published && { published: release.published }) };
}

interface Shown {
  readonly go: boolean;
  readonly stage: string;
  readonly durationMs: number;
  readonly checks: readonly CheckResult[];
}

function print({ go, stage, durationMs, checks }: Shown, output: Output): void {
  output.table<CheckResult>(
    [
      { title: '', value: ({ verdict }) => marks[verdict] },
      { title: 'CHECK', value: ({ name }) => name },
      { title: 'TOOK', value: (check) => dim(formatDuration(check.durationMs)), align: 'right' },
      { title: 'SAW', value: ({ summary }) => summary, flexible: true },
    ],
    checks,
    'nothing to ask',
  );
  output.line();
  const refusing = checks.filter(({ verdict }) => verdict !== 'pass');
  for (const { name, hint } of refusing) if (hint !== undefined) output.line([bold(`${name}: `), hint]);
  const took = dim(`(${formatDuration(durationMs)})`);
  const names = refusing.map(({ name }) => name).join(', ');
  const words = go
    ? `: ${stage} is ready, ${checks.length} checks pass `
    : `: ${refusing.length} of ${checks.length} checks do not pass: ${names} `;
  output.line([go ? green('GO') : red('NO-GO'), words, took]);
}
