import { basename, dirname } from 'node:path';

import { exitCodes, Failure } from '../../../domain/failure.ts';
import { targetLabel } from '../../../domain/name.ts';
import { openSecretsText } from '../../../secrets/openSecrets.ts';
import { compareSops, type NameChange } from '../../../secrets/sops/index.ts';
import { formatOf, readSecretsFile } from '../../../secrets/sopsFile.ts';
import { defineCommand, integer, optional } from '../../command.ts';
import { knownTarget } from '../../knownTarget.ts';
import { green, red, yellow } from '../../output/text.ts';
import type { Output } from '../../output.ts';
import { openRecords } from '../../records.ts';
import { sealedCopiesIn } from '../../sealedCopiesIn.ts';
import { chooseFile, type FileChoice, fileOptions, keySources, lazyExec } from './file.ts';

const marks = { added: green('+ added'), removed: red('- removed'), changed: yellow('~ changed') } as const;

export default defineCommand({
  name: 'secrets diff',
  group: 'Secrets',
  summary: 'Show which names differ from a committed version or a release; values are never shown',
  description: ['The values are compared, not their ciphertexts: a new data key alone is no difference.'],
  arguments: { revision: optional('a Git revision; without it, HEAD') },
  options: { ...fileOptions, release: integer('number', 'compare with the file as that release had it', undefined) },
  examples: [
    { line: 'railiance secrets diff main', does: 'what this branch changes' },
    { line: 'railiance secrets diff --release 4 --stage production', does: 'what was changed since release 4' },
  ],
  async run({ args, options, ...around }) {
    const { output, cwd } = around;
    const { release } = options;
    const revision = release === undefined ? (args.revision ?? 'HEAD') : `release ${release}`;
    const { file } = await chooseFile(options, cwd);
    const sources = keySources(around);
    const now = await readSecretsFile(file, cwd);
    const before =
      release === undefined
        ? { ...now, file: `${file} at ${revision}`, text: await committedText(revision, file, cwd) }
        : await releasedText(release, options, around);
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

type Around = Pick<Parameters<typeof keySources>[0], 'env' | 'cwd'> & { readonly output: Pick<Output, 'warn'> };

/** @throws Failure (invalid input) where that release has no ciphertext */
async function releasedText(number: number, { app, stage }: FileChoice, { env, cwd, output }: Around) {
  const records = await openRecords(env, cwd);
  const { releases } = records;
  const target = await knownTarget({ reference: app, stage, cwd, records, output });
  const { secrets } = await releases.get(target, number);
  const copy = await sealedCopiesIn(records).get(target, secrets.version);
  const file = `the file of release ${number}`;
  if (copy) return { file, text: copy.text, format: formatOf(`kept.sops${copy.extension}`) };
  throw new Failure(`read ${file}`, `${targetLabel(target)} keeps no ciphertext of it`, {
    hint: 'its values came from no file, or it is no longer kept: railiance history shows the releases',
    exitCode: exitCodes.invalidInput,
  });
}

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
