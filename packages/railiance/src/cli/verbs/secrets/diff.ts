import { basename, dirname } from 'node:path';

import { exitCodes, Failure } from '../../../domain/failure.ts';
import { openSecretsText } from '../../../secrets/openSecrets.ts';
import { compareSops, type NameChange } from '../../../secrets/sops/index.ts';
import { readSecretsFile } from '../../../secrets/sopsFile.ts';
import { defineCommand, optional } from '../../command.ts';
import { green, red, yellow } from '../../output/text.ts';
import { chooseFile, fileOptions, keySources, lazyExec } from './file.ts';

const marks = { added: green('+ added'), removed: red('- removed'), changed: yellow('~ changed') } as const;

export default defineCommand({
  name: 'secrets diff',
  group: 'Operate',
  summary: 'Show which names differ from a committed version; values are never shown',
  description: ['The values are compared, not their ciphertexts: a new data key alone is no difference.'],
  arguments: { revision: optional('a Git revision; without it, HEAD') },
  options: fileOptions,
  examples: [{ line: 'railiance secrets diff main', does: 'what this branch changes' }],
  async run({ args: { revision = 'HEAD' }, options, ...around }) {
    const { output, cwd } = around;
    const { file } = await chooseFile(options, cwd);
    const sources = keySources(around);
    const now = await readSecretsFile(file, cwd);
    const before = { ...now, file: `${file} at ${revision}`, text: await committedText(revision, file, cwd) };
    const changes = compareSops(await openSecretsText(before, sources), await openSecretsText(now, sources));
    output.result({ schema: 'railiance.secrets.diff.v1', file, revision, changes } as const, () =>
      output.table<NameChange>(
        [
          { title: 'CHANGE', value: ({ change }) => marks[change] },
          { title: 'NAME', value: ({ name }) => name },
        ],
        changes,
        `${file} holds the same as at ${revision}`,
      ),
    );
  },
});

/** @throws Failure (invalid input) */
async function committedText(revision: string, file: string, cwd: string): Promise<string> {
  const argv = [
    'git',
    '-C',
    dirname(file) || '.',
    'show',
    '--end-of-options',
    `${revision}:./${basename(file)}`,
  ] as const;
  const { exitCode, stdout, stderr, truncated } = await lazyExec.run({ argv, cwd });
  if (exitCode === 0 && !truncated) return stdout;
  const problem = truncated ? 'it is larger than 1 MiB' : (stderr.trim().split('\n')[0] ?? '');
  throw new Failure(`read ${file} at ${revision}`, problem, {
    hint: 'name a revision in which the file is',
    exitCode: exitCodes.invalidInput,
  });
}
