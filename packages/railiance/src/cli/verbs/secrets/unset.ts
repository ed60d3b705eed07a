import { openSecretsFile } from '../../../secrets/openSecrets.ts';
import { addressLabel, unsetValue } from '../../../secrets/sops/index.ts';
import { replaceSecretsFile } from '../../../secrets/sopsFile.ts';
import { defineCommand, required } from '../../command.ts';
import { addressOf, changing, chooseFile, fileOptions, keySources } from './file.ts';

export default defineCommand({
  name: 'secrets unset',
  group: 'Secrets',
  summary: 'Take one secret out of the file',
  description: ['The value stays in the history of the repository: one that leaked must be changed, too.'],
  arguments: { name: required('the name, or an address such as ["db"]["password"]') },
  options: fileOptions,
  examples: [{ line: 'railiance secrets unset OLD_API_KEY', does: 'take it out' }],
  async run({ args, options, ...around }) {
    const address = addressOf(args.name);
    const { file } = await chooseFile(options, around.cwd);
    const source = await openSecretsFile(file, keySources(around));
    const name = addressLabel(address);
    const text = await changing(`take ${name} out of ${file}`, file, () => unsetValue(source.opened, address));
    await replaceSecretsFile(source, text);
    around.output.result({ schema: 'railiance.secrets.change.v1', file, name, changed: true } as const, () =>
      around.output.line(`took ${name} out of ${file}`),
    );
  },
});
