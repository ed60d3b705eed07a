import type { StepPorts } from '../../pipeline/stepPorts.ts';
import { carryOut, overridesOf, runOptions } from '../carryOut.ts';
import { defineCommand, optional, text } from '../command.ts';
import { deployPlan } from '../plans.ts';
import { select } from '../selection.ts';

export default defineCommand({
  name: 'plan',
  group: 'Prepare',
  summary: 'Show what a deploy would do, step by step, and do none of it',
  description: ['The other verbs show theirs with --plan: `railiance rollback --plan`.'],
  arguments: { app: optional('slug or folder; without it, the app.toml here or above') },
  options: {
    stage: text('stage', 'where to; without it, the first stage after local'),
    tag: text('sha', 'an image that is built already; short or full'),
    out: runOptions.out,
  },
  examples: [
    { line: 'railiance plan', does: 'what deploy would do' },
    { line: 'railiance plan probe --stage production --out ../plan.json', does: 'keep it as JSON' },
  ],
  async run({ args, options, ...around }) {
    const { app, stage, blueprint } = await select({ reference: args.app, stage: options.stage, cwd: around.cwd });
    const { tag, out } = options;
    const choices = { plan: true, out, planned: undefined, wait: undefined, despite: [], reason: undefined };
    const chosen = { despite: overridesOf(choices), describe: true, ...(tag !== undefined && { tag }) };
    const plan = (ports: StepPorts) => deployPlan(ports, { app, stage, blueprint }, chosen);
    return carryOut(
      { app: app.slug, stage, hub: blueprint.hub, approval: false, command: 'plan', plan },
      choices,
      around,
    );
  },
});
