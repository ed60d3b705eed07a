import { exitCodes, Failure } from '../../domain/failure.ts';
import { defineCommand, rest, text } from '../command.ts';
import { knownTarget } from '../knownTarget.ts';
import { bold } from '../output/text.ts';
import { openRecords } from '../records.ts';

/** As shells and `env` say it. */
const notFound = 127;

export default defineCommand({
  name: 'exec',
  group: 'Operate',
  summary: 'Run a command beside the active instance, with its environment',
  description: [
    'The command runs in the image of the release that serves, with its secrets. Its exit code is passed on.',
  ],
  arguments: { command: rest('the command, after --') },
  options: {
    app: text('app', 'slug or folder; without it, the app.toml here or above'),
    stage: text('stage', 'the stage; without it, production or the only one'),
  },
  examples: [
    { line: 'railiance exec --app probe -- node --version', does: 'which Node the release brings' },
    { line: 'railiance exec --stage canary -- node src/migrate.ts', does: 'run the migrations of the canary again' },
  ],
  async run({ args, options, output, env, cwd, signal, stdin }) {
    if (args.command.length === 0) {
      throw new Failure('run a command', 'there is none', {
        hint: 'railiance exec --app probe -- node --version',
        exitCode: exitCodes.invalidInput,
      });
    }
    const records = await openRecords(env, cwd);
    const { app: reference, stage } = options;
    const target = await knownTarget({ reference, stage, cwd, records, output });
    const exitCode = await records.engine.exec(target, args.command, {
      stdin: stdin.isTTY ? null : stdin,
      stdout: (chunk) => output.bytes(chunk),
      stderr: (chunk) => output.bytes(chunk, 'stderr'),
      signal,
    });
    if (exitCode === notFound)
      output.note([
        bold('hint:'),
        ` ${notFound} means no such program: an image of the node builder has node alone, and no shell`,
      ]);
    return exitCode;
  },
});
