import type { Target } from '../../domain/name.ts';
import type { StepPorts } from '../../pipeline/stepPorts.ts';
import type { ReleaseStore } from '../../releases/releaseStore.ts';
import { carryOut, overridesOf, runOptions } from '../carryOut.ts';
import { defineCommand, flag, integer, optional, text } from '../command.ts';
import { knownTarget } from '../knownTarget.ts';
import { formatAge } from '../output/format.ts';
import type { Output } from '../output.ts';
import { rollbackPlan } from '../plans.ts';
import { openRecords } from '../records.ts';
import { stageOf } from '../stageOf.ts';

async function chooseRelease(target: Target, releases: ReleaseStore, output: Output): Promise<number | undefined> {
  const [, ...earlier] = await releases.list(target);
  const now = new Date();
  const choices = earlier.map(({ number, artifact, verifiedAt }) => ({
    value: String(number),
    label: `#${number} ${artifact.revision.tag}`,
    hint: formatAge(new Date(verifiedAt), now),
  }));
  const chosen = await output.select('Which release shall come back?', choices);
  return chosen === undefined ? undefined : Number(chosen);
}

export default defineCommand({
  name: 'rollback',
  group: 'Release',
  resumable: true,
  summary: 'Bring an earlier release back: its image, its configuration and its secrets',
  description: [
    'Without --to it is the last good release before the current one that differs from it. Only what cannot be done without is checked: nothing else stands between you and the old version.',
  ],
  arguments: { app: optional('slug or folder; without it, the app.toml here or above') },
  options: {
    stage: text('stage', 'the stage; without it, production or the only one'),
    to: integer('number', 'the release to bring back', undefined),
    choose: flag('choose the release from a list'),
    ...runOptions,
  },
  examples: [
    { line: 'railiance rollback probe', does: 'production, to the last good release' },
    { line: 'railiance rollback probe --stage canary --to 3', does: 'a certain release of the canary' },
  ],
  async run({ args, options, ...around }) {
    const { cwd, env, output } = around;
    const records = await openRecords(env, cwd);
    const target = await knownTarget({ reference: args.app, stage: options.stage, cwd, records, output });
    const to = options.choose ? await chooseRelease(target, records.releases, output) : options.to;
    if (options.choose && to === undefined) return 0;
    const { stage, hub } = await stageOf(target.stage, args.app, cwd);
    const despite = overridesOf(options);
    const change = {
      app: target.app,
      stage,
      hub,
      approval: false,
      command: `rollback ${target.app} --stage ${target.stage}`,
      plan: (ports: StepPorts) =>
        rollbackPlan(
          ports,
          { app: target.app, stage },
          { despite, describe: options.plan, ...(to !== undefined && { to }) },
        ),
    };
    return carryOut(change, options, around);
  },
});
