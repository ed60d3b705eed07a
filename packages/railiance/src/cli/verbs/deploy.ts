import { needsApproval } from '../../domain/approval.ts';
import type { StepPorts } from '../../pipeline/stepPorts.ts';
import { carryOut, overridesOf, runOptions } from '../carryOut.ts';
import { defineCommand, optional, text } from '../command.ts';
import { assertSource, deployPlan } from '../plans.ts';
import { select } from '../selection.ts';

export default defineCommand({
  name: 'deploy',
  group: 'Release',
  resumable: true,
  summary: 'Build a version and put it on a stage, verified, without a gap',
  description: [
    'Builds the app (or takes the image that --tag names), starts it beside what serves, smoke-tests it through a route of its own, switches, smoke-tests it again through the public route, and puts the release on record. Whatever fails on the way is undone, and what served before still does.',
    'Without --stage it goes to the first stage after local.',
  ],
  arguments: { app: optional('slug or folder; without it, the app.toml here or above') },
  options: {
    stage: text('stage', 'where to; without it, the first stage after local'),
    tag: text('sha', 'an image that is built already, or the commit that is checked out; short or full'),
    ...runOptions,
  },
  examples: [
    { line: 'railiance deploy', does: 'the app here, to the first stage after local' },
    { line: 'railiance deploy inter-hub --tag 1a2b3c4', does: 'a version that is built already' },
    { line: 'railiance deploy probe --stage production --plan', does: 'only show what would happen' },
  ],
  async run({ args, options, ...around }) {
    const selection = await select({ reference: args.app, stage: options.stage, cwd: around.cwd });
    const despite = overridesOf(options);
    const { tag } = options;
    const change = {
      app: selection.app.slug,
      stage: selection.stage,
      hub: selection.blueprint.hub,
      approval: needsApproval(selection.app, selection.stage),
      command: `deploy ${selection.app.slug} --stage ${selection.stage.name}`,
      refuse: (ports: StepPorts) => assertSource(ports, selection, tag),
      plan: (ports: StepPorts) =>
        deployPlan(ports, selection, { despite, describe: options.plan, ...(tag !== undefined && { tag }) }),
    };
    return carryOut(change, options, around);
  },
});
