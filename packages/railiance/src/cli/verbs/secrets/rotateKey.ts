import { problemOf } from '../../../domain/failure.ts';
import { targetLabel } from '../../../domain/name.ts';
import { type KeySources, openSecretsFile, openSecretsText } from '../../../secrets/openSecrets.ts';
import { rotateDataKey } from '../../../secrets/sops/index.ts';
import { formatOf, replaceSecretsFile } from '../../../secrets/sopsFile.ts';
import { defineCommand, rest } from '../../command.ts';
import { openRecords } from '../../records.ts';
import { sealedCopiesIn } from '../../sealedCopiesIn.ts';
import { changing, chooseFile, fileOptions, keySources } from './file.ts';

export default defineCommand({
  name: 'secrets rotate-key',
  group: 'Secrets',
  summary: 'Encrypt every value with a new data key; the values stay',
  description: [
    'Whoever once had the data key can no longer read what is written from now on. For the file of an app, the ciphertexts ' +
      'kept with its releases on every stage are encrypted anew as well.',
  ],
  arguments: { files: rest('the files; without any, that of the app') },
  options: fileOptions,
  examples: [
    { line: 'railiance secrets rotate-key', does: 'the file of the app here, and what is kept of it' },
    { line: 'railiance secrets rotate-key old/*.sops.yaml', does: 'just these files' },
  ],
  async run({ args, options, ...around }) {
    const sources = keySources(around);
    const named = args.files.length > 0;
    const chosen = named ? undefined : await chooseFile(options, around.cwd);
    const files = chosen ? [chosen.file] : args.files;
    for (const file of files) {
      const source = await openSecretsFile(file, sources);
      const text = await changing(`rotate the data key of ${file}`, file, () => rotateDataKey(source.opened));
      await replaceSecretsFile(source, text);
      around.output.record({ schema: 'railiance.secrets.rotated-key.v1', file }, `${file} has a new data key`);
    }
    if (chosen?.app) await rotateKept(chosen.app.slug, sources, around);
  },
});

type Around = Pick<Parameters<typeof keySources>[0], 'env' | 'output' | 'cwd'>;

/** A copy that the keys here do not open stays as it is, with a warning: the rest need not wait for it. */
async function rotateKept(app: string, sources: KeySources, { env, output, cwd }: Around): Promise<void> {
  const records = await openRecords(env, cwd);
  const copies = sealedCopiesIn(records);
  for (const target of (await records.targets()).filter((found) => found.app === app)) {
    for (const version of await copies.versions(target)) {
      const copy = await copies.get(target, version);
      if (!copy) continue;
      const file = `the kept ciphertext ${version.slice(0, 12)} of ${targetLabel(target)}`;
      try {
        const format = formatOf(`${version}.sops${copy.extension}`);
        const text = await rotateDataKey(await openSecretsText({ text: copy.text, format, file }, sources));
        await copies.keep(target, version, { ...copy, text });
        output.record({ schema: 'railiance.secrets.rotated-key.v1', file }, `${file} has a new data key`);
      } catch (error) {
        output.warn(`${file} keeps its data key: ${problemOf(error)}`);
      }
    }
  }
}
