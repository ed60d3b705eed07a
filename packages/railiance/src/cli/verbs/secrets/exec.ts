import { exitCodes, Failure } from '../../../domain/failure.ts';
import { becomeProgram } from '../../../exec/foreground.ts';
import { definedOnly } from '../../../secrets/ageIdentities.ts';
import { readAppSecrets } from '../../../secrets/appSecrets.ts';
import { defineCommand, flag, rest } from '../../command.ts';
import { chooseFile, fileOptions, keySources } from './file.ts';

export default defineCommand({
  name: 'secrets exec',
  group: 'Secrets',
  summary: 'Run a command with the secrets in its environment',
  description: [
    'railiance becomes the command: its exit code, its signals and the terminal are its own. Nothing is written to a disk.',
  ],
  arguments: { command: rest('the command, after --') },
  options: { ...fileOptions, pristine: flag('with the secrets, PATH and HOME alone') },
  examples: [{ line: 'railiance secrets exec -- psql', does: 'with DATABASE_URL and the others' }],
  async run({ args, options, ...around }) {
    const [program, ...words] = args.command;
    if (program === undefined) {
      throw new Failure('run a command', 'there is none', {
        hint: 'railiance secrets exec -- psql',
        exitCode: exitCodes.invalidInput,
      });
    }
    const { env } = around;
    const { file } = await chooseFile(options, around.cwd);
    const { values } = await readAppSecrets(file, keySources(around));
    const own = definedOnly(options.pristine ? { PATH: env.PATH, HOME: env.HOME } : env);
    becomeProgram({ argv: [program, ...words], env: { ...own, ...values } });
  },
});
