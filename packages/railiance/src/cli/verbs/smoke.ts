import { exitCodes, Failure } from '../../domain/failure.ts';
import type { CheckResult } from '../../domain/verdict.ts';
import { ask } from '../../pipeline/steps/smoke.ts';
import { defineCommand, optional, text } from '../command.ts';
import { openToolbox } from '../compose.ts';
import { knownTarget } from '../knownTarget.ts';
import { formatDuration } from '../output/format.ts';
import { green, red, yellow } from '../output/text.ts';
import { stageOf } from '../stageOf.ts';

const marks = { pass: green('✓ pass'), fail: red('✗ fail'), unknown: yellow('? unknown') } as const;

export default defineCommand({
  name: 'smoke',
  group: 'Look',
  summary: 'Run the smoke tests of the release that serves, through its public route',
  description: ['The tests are those of the release on record. Exits 1 where one does not pass.'],
  arguments: { app: optional('slug or folder; without it, the app.toml here or above') },
  options: { stage: text('stage', 'the stage; without it, production or the only one') },
  examples: [{ line: 'railiance smoke probe --stage canary', does: 'ask the canary again' }],
  async run({ args, options, output, env, cwd, signal }) {
    const toolbox = await openToolbox(env, undefined, cwd);
    const { releases } = toolbox;
    const target = await knownTarget({ reference: args.app, stage: options.stage, cwd, records: toolbox, output });
    const { stage } = await stageOf(target.stage, args.app, cwd);
    const ports = toolbox.portsFor(stage);
    const release = await releases.newest(target);
    if (!release) {
      throw new Failure('run the smoke tests', `nothing was released on ${target.stage}`, {
        hint: `railiance deploy ${target.app} --stage ${target.stage}`,
        exitCode: exitCodes.invalidInput,
      });
    }
    const { spec, secrets, number } = release;
    const route = await ports.engine.route(target);
    const results = await ask(target, spec.smoke, { route, version: secrets.version, signal }, ports);
    const { url } = route;
    output.result({ schema: 'railiance.smoke.v1', ...target, release: number, url, checks: results } as const, () =>
      output.table<CheckResult>(
        [
          { title: 'CHECK', value: ({ name }) => name },
          { title: 'VERDICT', value: ({ verdict }) => marks[verdict] },
          { title: 'TOOK', value: ({ durationMs }) => formatDuration(durationMs), align: 'right' },
          { title: 'SEEN', value: ({ summary }) => summary, flexible: true },
        ],
        results,
        'this release has no smoke tests',
      ),
    );
    return results.every(({ verdict }) => verdict === 'pass') ? exitCodes.done : exitCodes.failedAndRolledBack;
  },
});
