import { namesOf, otherKeyServices, readSops } from '../../../secrets/sops/index.ts';
import { readSecretsFile } from '../../../secrets/sopsFile.ts';
import { defineCommand } from '../../command.ts';
import { changing, chooseFile, fileOptions } from './file.ts';

export default defineCommand({
  name: 'secrets list',
  group: 'Secrets',
  summary: 'List the names in the file, and who can open it; needs no key',
  arguments: {},
  options: fileOptions,
  examples: [{ line: 'railiance secrets list --json', does: 'for a program' }],
  async run({ options, output, cwd }) {
    const { file, app } = await chooseFile(options, cwd);
    const { text, format } = await readSecretsFile(file, cwd);
    const sealed = await changing(`read ${file}`, file, () => readSops(text, format));
    const names = namesOf(sealed);
    const { metadata } = sealed;
    const recipients = metadata.age.map(({ recipient }) => recipient);
    const missing = app?.secrets.required.filter((name) => !names.some((each) => each.name === name)) ?? [];
    const document = {
      schema: 'railiance.secrets.list.v1',
      file,
      names,
      missing,
      recipients,
      otherKeyServices: otherKeyServices(metadata),
      lastModified: metadata.lastModified,
    } as const;
    output.result(document, () => {
      output.table(
        [
          { title: 'NAME', value: ({ name }) => name },
          { title: 'KEPT', value: ({ encrypted }) => (encrypted ? 'encrypted' : 'in plain text') },
        ],
        names,
        'there are no names in it',
      );
      output.line();
      output.pairs([
        ['file', file],
        ['changed', metadata.lastModified],
        ...recipients.map((recipient) => ['opens for', recipient] as const),
        ...document.otherKeyServices.map((service) => ['opens for', `${service} (by sops itself)`] as const),
        ...missing.map((name) => ['required, and missing', name] as const),
      ]);
    });
  },
});
