import { fstatSync, statSync } from 'node:fs';

import { resolve } from 'node:path';

import { exitCodes, Failure } from '../../../domain/failure.ts';
import { type CreationRule, encryptText, findCreationRule } from '../../../secrets/sops/index.ts';
import { createSecretsFile, readSecretsFile, replaceSecretsFile } from '../../../secrets/sopsFile.ts';
import { defineCommand, flag, list, required, text } from '../../command.ts';
import { changing } from './file.ts';

export default defineCommand({
  name: 'secrets encrypt',
  group: 'Secrets',
  summary: 'Encrypt a plain-text file as SOPS does',
  description: [
    'For the recipients given, else for those that .sops.yaml names for the file.',
    'Never lead the output of a program to the file that it reads: the shell empties the file first. --in-place is safe.',
  ],
  arguments: { file: required('the file') },
  options: {
    inPlace: flag('put the encrypted text in the place of the plain one'),
    output: text('path', 'write it to a new file'),
    recipient: list('age1…', 'who can open it; may be repeated'),
  },
  examples: [
    { line: 'railiance secrets encrypt --in-place app.env.sops.yaml', does: 'by the rules of .sops.yaml' },
    { line: 'railiance secrets encrypt app.yaml --output app.sops.yaml --recipient age1…', does: 'keep both' },
  ],
  async run({ args: { file }, options, output, cwd }) {
    refuseOwnOutput(resolve(cwd, file), file);
    const source = await readSecretsFile(file, cwd);
    const rule = await changing('read .sops.yaml', file, () => findCreationRule(resolve(cwd, options.output ?? file)));
    const recipients = options.recipient.length > 0 ? options.recipient : recipientsOf(rule, file);
    const encrypted = await changing(`encrypt ${file}`, file, () =>
      encryptText(source.text, {
        format: source.format,
        recipients,
        rules: rule?.rules ?? {},
        macOnlyEncrypted: rule?.macOnlyEncrypted ?? false,
      }),
    );
    const to = options.inPlace ? file : options.output;
    if (to === undefined) return output.bytes(Buffer.from(encrypted));
    if (options.inPlace) await replaceSecretsFile(source, encrypted);
    else await createSecretsFile(resolve(cwd, to), encrypted);
    output.result({ schema: 'railiance.secrets.encrypted.v1', file: to, recipients } as const, () =>
      output.line(`${to} is encrypted for ${recipients.length} recipient${recipients.length === 1 ? '' : 's'}`),
    );
  },
});

function recipientsOf(rule: CreationRule | undefined, file: string): readonly string[] {
  const { leftToSops = [], recipients = [] } = rule ?? {};
  if (leftToSops.length > 0) {
    const problem = `.sops.yaml asks for ${leftToSops.join(', ')}, which is left to sops itself`;
    throw new Failure(`encrypt ${file}`, problem, {
      hint: `sops encrypt --in-place ${file}`,
      exitCode: exitCodes.dependencyMissing,
    });
  }
  if (recipients.length > 0) return recipients;
  throw new Failure(`encrypt ${file}`, 'nothing says who may open it', {
    hint: 'give --recipient age1…, or let railiance secrets init write .sops.yaml',
    exitCode: exitCodes.invalidInput,
  });
}

/** `encrypt x > x`: the shell has emptied the file by now, and the person must hear that at once. */
function refuseOwnOutput(path: string, file: string): void {
  const [input, output] = [statSync(path, { throwIfNoEntry: false }), fstatSync(1, { bigint: false })];
  if (input === undefined || !output.isFile() || input.dev !== output.dev || input.ino !== output.ino) return;
  throw new Failure(`encrypt ${file}`, 'its output leads to the file itself, which the shell has emptied', {
    hint: `bring the file back (git checkout -- ${file}), then: railiance secrets encrypt --in-place ${file}`,
    exitCode: exitCodes.invalidInput,
  });
}
