import { openSecretsFile } from '../../../secrets/openSecrets.ts';
import { addRecipient, findCreationRule } from '../../../secrets/sops/index.ts';
import { replaceSecretsFile } from '../../../secrets/sopsFile.ts';
import { defineCommand, required } from '../../command.ts';
import { changing, chooseFile, fileOptions, keySources } from './file.ts';

export default defineCommand({
  name: 'secrets add-recipient',
  group: 'Secrets',
  summary: 'Let one more age key open the file',
  arguments: { recipient: required('the public key, age1…') },
  options: fileOptions,
  examples: [{ line: 'railiance secrets add-recipient age1…', does: 'let a colleague, or the cluster, open it' }],
  async run({ args: { recipient }, options, ...around }) {
    const { output } = around;
    const { file } = await chooseFile(options, around.cwd);
    const source = await openSecretsFile(file, keySources(around));
    const text = await changing(`add ${recipient} to ${file}`, file, () => addRecipient(source.opened, recipient));
    const changed = text !== source.text;
    await replaceSecretsFile(source, text);
    const rule = await changing('read .sops.yaml', file, () => findCreationRule(source.path));
    output.result({ schema: 'railiance.secrets.recipients.v1', file, recipient, changed } as const, () =>
      output.line(changed ? `${recipient} can open ${file} now` : `${recipient} can open ${file} already`),
    );
    if (rule !== undefined && !rule.recipients.includes(recipient)) {
      output.warn('.sops.yaml does not name this recipient', 'add it there, or the next new file will lack it');
    }
  },
});
