import { openSecretsFile } from '../../../secrets/openSecrets.ts';
import { addressLabel, findLeaf, plainValue } from '../../../secrets/sops/index.ts';
import { defineCommand, required } from '../../command.ts';
import { addressOf, changing, chooseFile, fileOptions, keySources, notThere } from './file.ts';

export default defineCommand({
  name: 'secrets get',
  group: 'Secrets',
  summary: 'Print the value of one secret',
  description: ['Into a pipe or a file exactly the value is written, without a line end.'],
  arguments: { name: required('the name, or an address such as ["db"]["password"]') },
  options: fileOptions,
  examples: [{ line: 'railiance secrets get DATABASE_URL', does: 'print it' }],
  async run({ args, options, ...around }) {
    const { output } = around;
    const address = addressOf(args.name);
    const { file } = await chooseFile(options, around.cwd);
    const { opened } = await openSecretsFile(file, keySources(around));
    const leaf = await changing(`read ${file}`, file, () => findLeaf(opened, address));
    if (leaf === undefined) throw notThere(address, file);
    const { scalar } = leaf;
    const name = addressLabel(address);
    const plain = plainValue(scalar);
    // JSON numbers end where integers of 64 bits go on.
    const value = typeof plain === 'bigint' ? plain.toString() : plain instanceof Uint8Array ? scalar.text : plain;
    const document = { schema: 'railiance.secrets.get.v1', file, name, value } as const;
    output.result(document, () => {
      if (output.toTerminal) output.line(String(value));
      else output.bytes(scalar.bytes ?? Buffer.from(String(value)));
    });
  },
});
