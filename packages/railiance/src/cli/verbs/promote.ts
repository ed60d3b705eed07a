import { needsApproval } from '../../domain/approval.ts';
import { exitCodes, Failure } from '../../domain/failure.ts';
import { target } from '../../domain/name.ts';
import type { Stage } from '../../domain/stage.ts';
import type { StepPorts } from '../../pipeline/stepPorts.ts';
import type { ReleaseStore } from '../../releases/releaseStore.ts';
import { carryOut, overridesOf, runOptions } from '../carryOut.ts';
import { defineCommand, optional, text } from '../command.ts';
import { promotePlan } from '../plans.ts';
import { openRecords } from '../records.ts';
import { select } from '../selection.ts';

/** The first stage whose neighbour before it serves another image: where a promotion goes that names none. */
async function nextToPromote(app: string, stages: readonly Stage[], releases: ReleaseStore): Promise<Stage> {
  const shared = stages.filter(({ name }) => name !== 'local');
  const digests = await Promise.all(shared.map(({ name }) => currentDigest(app, name, releases)));
  const at = shared.findIndex((_, index) => digests[index - 1] !== undefined && digests[index - 1] !== digests[index]);
  const found = shared[at] ?? shared.at(-1);
  if (found && shared.length > 1) return found;
  throw new Failure(`promote ${app}`, 'there is only one stage to be on', {
    hint: 'declare another in blueprint.toml under [[stages]], or use railiance deploy',
    exitCode: exitCodes.invalidInput,
  });
}

async function currentDigest(app: string, stage: string, releases: ReleaseStore): Promise<string | undefined> {
  return (await releases.newest(target(app, stage)))?.artifact.configDigest;
}

export default defineCommand({
  name: 'promote',
  group: 'Release',
  resumable: true,
  summary: 'Put the very image of one stage on the next, without a build',
  description: [
    'The image that was verified on the stage before is the one that runs: their config digests are compared.',
  ],
  arguments: { app: optional('slug or folder; without it, the app.toml here or above') },
  options: {
    to: text('stage', 'where to; without it, the first stage that lags behind the one before it'),
    from: text('stage', 'where from; without it, the stage before'),
    ...runOptions,
  },
  examples: [
    { line: 'railiance promote', does: 'what canary serves, to production' },
    { line: 'railiance promote probe --to production --plan', does: 'only show what would happen' },
  ],
  async run({ args, options, ...around }) {
    const { releases } = await openRecords(around.env, around.cwd);
    const first = await select({ reference: args.app, stage: options.to ?? 'local', cwd: around.cwd });
    const { stages } = first.blueprint;
    const to = options.to ?? (await nextToPromote(first.app.slug, stages, releases)).name;
    const selection = await select({ reference: first.app.file, stage: to, cwd: around.cwd });
    const fromName = options.from ?? stages[stages.findIndex(({ name }) => name === to) - 1]?.name ?? to;
    const { stage: from } = await select({ reference: first.app.file, stage: fromName, cwd: around.cwd });
    const despite = overridesOf(options);
    const change = {
      app: selection.app.slug,
      stage: selection.stage,
      hub: selection.blueprint.hub,
      approval: needsApproval(selection.app, selection.stage),
      command: `promote ${selection.app.slug} --to ${to}`,
      plan: (ports: StepPorts) => promotePlan(ports, selection, from, { despite, describe: options.plan }),
    };
    return carryOut(change, options, around);
  },
});
