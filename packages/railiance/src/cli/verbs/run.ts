import type { StepPorts } from '../../pipeline/stepPorts.ts';
import { carryOut, overridesOf, runOptions } from '../carryOut.ts';
import { defineCommand, optional, text } from '../command.ts';
import { assertSource, runPlan } from '../plans.ts';
import { select } from '../selection.ts';

export default defineCommand({
  name: 'run',
  group: 'Release',
  resumable: true,
  summary: 'Build the app and try it on this machine: it starts, answers, and stops cleanly',
  description: ['Nothing of it stays but the image: deploy takes that very image, without another build.'],
  arguments: { app: optional('slug or folder; without it, the app.toml here or above') },
  options: {
    tag: text('sha', 'an image that is built already; short or full'),
    ...runOptions,
  },
  examples: [
    { line: 'railiance run', does: 'the app here' },
    { line: 'railiance run examples/probe', does: 'the app in a folder' },
  ],
  async run({ args, options, ...around }) {
    const selection = await select({ reference: args.app, stage: 'local', cwd: around.cwd });
    const despite = overridesOf(options);
    const { tag } = options;
    const change = {
      app: selection.app.slug,
      stage: selection.stage,
      hub: selection.blueprint.hub,
      approval: false,
      command: `run ${selection.app.slug}`,
      refuse: (ports: StepPorts) => assertSource(ports, selection, tag),
      plan: (ports: StepPorts) => runPlan(ports, selection, { despite, ...(tag !== undefined && { tag }) }),
    };
    return carryOut(change, options, around);
  },
});
