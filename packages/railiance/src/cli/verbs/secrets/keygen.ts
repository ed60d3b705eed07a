import { mkdir } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';

import { exitCodes, Failure } from '../../../domain/failure.ts';
import { ageKeysFile } from '../../../secrets/ageIdentities.ts';
import { readAgeKeyFile } from '../../../secrets/ageKeyFile.ts';
import { generateAgeKey, keyFileText, recipientOf } from '../../../secrets/ageKeygen.ts';
import { createSecretsFile } from '../../../secrets/sopsFile.ts';
import { defineCommand, text } from '../../command.ts';

export default defineCommand({
  name: 'secrets keygen',
  group: 'Secrets',
  summary: 'Make an age key of your own, and print its public part',
  description: [
    'The file is where sops looks, too. A key that is there is never overwritten: its public part is printed.',
  ],
  arguments: {},
  options: { output: text('path', 'where to; without it, sops/age/keys.txt in your configuration') },
  examples: [{ line: 'railiance secrets keygen', does: 'make ~/.config/sops/age/keys.txt' }],
  async run({ options, output, env, cwd }) {
    const file = options.output === undefined ? ageKeysFile(env) : resolve(cwd, options.output);
    const pair = await generateAgeKey();
    await mkdir(dirname(file), { recursive: true, mode: 0o700 });
    let recipients = [pair.recipient];
    let created = true;
    try {
      await createSecretsFile(file, keyFileText(pair, new Date()), 0o600);
    } catch (error) {
      if (((error as Failure).cause as NodeJS.ErrnoException | undefined)?.code !== 'EEXIST') throw error;
      created = false;
      const { identities } = await readAgeKeyFile(file);
      recipients = await Promise.all(identities.map(recipientOf));
    }
    if (recipients.length === 0) {
      const hint = 'move it away, or name another file with --output';
      throw new Failure(`read ${file}`, 'it is there and holds no age key', { hint, exitCode: exitCodes.invalidInput });
    }
    output.result({ schema: 'railiance.secrets.key.v1', file, recipients, created } as const, () => {
      output.note(created ? `made ${file}: keep a copy of it in a safe place` : `${file} is there already`);
      for (const recipient of recipients) output.line(recipient);
    });
  },
});
