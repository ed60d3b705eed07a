import type { StepPorts } from '../../pipeline/stepPorts.ts';
import { carryOut, overridesOf, runOptions } from '../carryOut.ts';
import { defineCommand, optional, text } from '../command.ts';
import { knownTarget } from '../knownTarget.ts';
import { restartPlan } from '../plans.ts';
import { openRecords } from '../records.ts';
import { stageOf } from '../stageOf.ts';

export default defineCommand({
  name: 'restart',
  group: 'Operate',
  resumable: true,
  summary: 'Start the current release again beside itself, smoke-test it, and switch',
  arguments: { app: optional('slug or folder; without it, the app.toml here or above') },
  options: {
    stage: text('stage', 'the stage; without it, production or the only one'),
    ...runOptions,
  },
  examples: [{ line: 'railiance restart probe --stage canary', does: 'a fresh instance, without a gap' }],
  async run({ args, options, ...around }) {
    const { cwd, env, output } = around;
    const records = await openRecords(env, cwd);
    const { app, ...of } = await knownTarget({ reference: args.app, stage: options.stage, cwd, records, output });
    const { stage, hub } = await stageOf(of.stage, args.app, cwd);
    const despite = overridesOf(options);
    const command = `restart ${app} --stage ${stage.name}`;
    const plan = (ports: StepPorts) => restartPlan(ports, { app, stage }, { despite });
    return carryOut({ app, stage, hub, approval: false, command, plan }, options, around);
  },
});
