import { relative, resolve } from 'node:path';

import { workspaceRoot } from '../../../config/workspace.ts';
import { exitCodes, Failure } from '../../../domain/failure.ts';
import { findAgeIdentities } from '../../../secrets/ageIdentities.ts';
import { recipientOf } from '../../../secrets/ageKeygen.ts';
import { initSecrets } from '../../../secrets/initSecrets.ts';
import { isMadeHere } from '../../../secrets/madeHere.ts';
import { defineCommand, list } from '../../command.ts';
import { changing, chooseFile, fileOptions, keySources } from './file.ts';

export default defineCommand({
  name: 'secrets init',
  group: 'Secrets',
  summary: 'Make the encrypted file of an app, and .sops.yaml where there is none',
  description: [
    'It can be opened with your own key, and by the recipients given. The names that app.toml requires are in it, empty: ' +
      'railiance secrets set fills them.',
  ],
  arguments: {},
  options: { ...fileOptions, recipient: list('age1…', 'who else can open it; may be repeated') },
  examples: [{ line: 'railiance secrets init --recipient age1…', does: 'for you and for the cluster' }],
  async run({ options, ...around }) {
    const { output, cwd } = around;
    const { file, app, stage } = await chooseFile(options, cwd);
    const sources = keySources(around);
    const { identities } = await findAgeIdentities(sources.env, sources.exec);
    const own = await Promise.all(identities.map(recipientOf));
    const recipients = [...new Set([...own, ...options.recipient])];
    if (recipients.length === 0) {
      throw new Failure(`make ${file}`, 'there is no age key, so nobody could open it', {
        hint: 'railiance secrets keygen',
        exitCode: exitCodes.invalidInput,
      });
    }
    const names = app ? [...new Set(app.secrets.required)].filter((name) => !isMadeHere(app, name, stage)) : [];
    const request = { file: resolve(cwd, file), root: await workspaceRoot(cwd), recipients, names };
    const written = await changing(`make ${file}`, file, () => initSecrets(request));
    const files = written.map((path) => relative(cwd, path));
    output.result({ schema: 'railiance.secrets.init.v1', files, recipients, names } as const, () => {
      for (const path of files) output.line(`wrote ${path}`);
      for (const name of names) output.note(`now: railiance secrets set ${name}`);
      output.note('and once in this clone: railiance secrets merge --install');
    });
  },
});
