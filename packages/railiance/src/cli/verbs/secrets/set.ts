import { exitCodes, Failure } from '../../../domain/failure.ts';
import { openSecretsFile } from '../../../secrets/openSecrets.ts';
import { addressLabel, type PlainValue, setValue } from '../../../secrets/sops/index.ts';
import { replaceSecretsFile } from '../../../secrets/sopsFile.ts';
import { defineCommand, flag, required } from '../../command.ts';
import { addressOf, changing, chooseFile, fileOptions, keySources } from './file.ts';
import { readValue } from './readValue.ts';

export default defineCommand({
  name: 'secrets set',
  group: 'Secrets',
  summary: 'Set one secret; the value comes from standard input or a hidden prompt',
  description: ['Only its line, the MAC and the time change in the file. A name that is not there yet is added.'],
  arguments: { name: required('the name, or an address such as ["db"]["password"]') },
  options: { ...fileOptions, typed: flag('the value is JSON: a number, true, false, null or a quoted text') },
  examples: [
    { line: 'railiance secrets set SESSION_SECRET', does: 'asks for the value' },
    { line: 'openssl rand -hex 32 | railiance secrets set SESSION_SECRET', does: 'from another program' },
  ],
  async run({ args, options, stdin, ...around }) {
    const { output, cwd } = around;
    const address = addressOf(args.name);
    const { file } = await chooseFile(options, cwd);
    const source = await openSecretsFile(file, keySources(around));
    const label = addressLabel(address);
    const value = await readValue(label, `secrets set ${label}`, { stdin, output });
    const plain = options.typed ? typedValue(label, value.reveal()) : value.reveal();
    const text = await changing(`set ${label} in ${file}`, file, () => setValue(source.opened, address, plain));
    const changed = text !== source.text;
    await replaceSecretsFile(source, text);
    output.result({ schema: 'railiance.secrets.change.v1', file, name: label, changed } as const, () =>
      output.line(changed ? `set ${label} in ${file}` : `${label} has that value already`),
    );
  },
});

function typedValue(label: string, text: string): PlainValue {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    value = undefined;
  }
  if (value === null || ['string', 'number', 'boolean'].includes(typeof value)) return value as PlainValue;
  throw new Failure(`read the value of ${label}`, 'it is no single JSON value', {
    hint: 'railiance secrets edit changes lists and maps',
    exitCode: exitCodes.invalidInput,
  });
}
