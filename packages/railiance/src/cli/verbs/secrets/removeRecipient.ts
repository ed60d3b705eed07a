import { openSecretsFile } from '../../../secrets/openSecrets.ts';
import { findCreationRule, removeRecipient } from '../../../secrets/sops/index.ts';
import { replaceSecretsFile } from '../../../secrets/sopsFile.ts';
import { defineCommand, required } from '../../command.ts';
import { changing, chooseFile, fileOptions, keySources } from './file.ts';

export default defineCommand({
  name: 'secrets remove-recipient',
  group: 'Secrets',
  summary: 'Take the access of an age key away; the data key is made anew',
  description: [
    'Older versions of the file are in the history of the repository, and this key still opens them: change the values that ' +
      'its owner must no longer know.',
  ],
  arguments: { recipient: required('the public key, age1…') },
  options: fileOptions,
  examples: [{ line: 'railiance secrets remove-recipient age1…', does: 'after a colleague has left' }],
  async run({ args: { recipient }, options, ...around }) {
    const { output } = around;
    const { file } = await chooseFile(options, around.cwd);
    const source = await openSecretsFile(file, keySources(around));
    const text = await changing(`take ${recipient} out of ${file}`, file, () =>
      removeRecipient(source.opened, recipient),
    );
    await replaceSecretsFile(source, text);
    const rule = await changing('read .sops.yaml', file, () => findCreationRule(source.path));
    output.result({ schema: 'railiance.secrets.recipients.v1', file, recipient, changed: true } as const, () =>
      output.line(`${recipient} cannot open ${file} any more`),
    );
    output.warn('its owner still knows what was in the file', 'railiance secrets rotate NAME, or secrets set NAME');
    if (rule?.recipients.includes(recipient))
      output.warn('.sops.yaml still names this recipient', 'take it out there, too');
  },
});
