import { openSecretsFile } from '../../../secrets/openSecrets.ts';
import { rotateDataKey } from '../../../secrets/sops/index.ts';
import { replaceSecretsFile } from '../../../secrets/sopsFile.ts';
import { defineCommand, rest } from '../../command.ts';
import { changing, chooseFile, fileOptions, keySources } from './file.ts';

export default defineCommand({
  name: 'secrets rotate-key',
  group: 'Operate',
  summary: 'Encrypt every value with a new data key; the values stay',
  description: ['Whoever once had the data key can no longer read what is written from now on.'],
  arguments: { files: rest('the files; without any, that of the app') },
  options: fileOptions,
  examples: [
    { line: 'railiance secrets rotate-key', does: 'the file of the app here' },
    { line: 'railiance secrets rotate-key kept/*.sops.yaml', does: 'kept ciphertexts as well' },
  ],
  async run({ args, options, ...around }) {
    const files = args.files.length > 0 ? args.files : [(await chooseFile(options, around.cwd)).file];
    for (const file of files) {
      const source = await openSecretsFile(file, keySources(around));
      const text = await changing(`rotate the data key of ${file}`, file, () => rotateDataKey(source.opened));
      await replaceSecretsFile(source, text);
      around.output.record({ schema: 'railiance.secrets.rotated-key.v1', file }, `${file} has a new data key`);
    }
  },
});
