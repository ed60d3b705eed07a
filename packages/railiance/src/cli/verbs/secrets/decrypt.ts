import { type KeySources, openSecretsFile } from '../../../secrets/openSecrets.ts';
import { decryptedText } from '../../../secrets/sops/index.ts';
import { replaceSecretsFile } from '../../../secrets/sopsFile.ts';
import { decryptedBySops } from '../../../secrets/sopsProgram.ts';
import { defineCommand, flag, required } from '../../command.ts';
import { changing, keySources } from './file.ts';

export default defineCommand({
  name: 'secrets decrypt',
  group: 'Secrets',
  summary: 'Print a SOPS file in plain text',
  arguments: { file: required('the file') },
  options: { inPlace: flag('write the plain text into the file itself: never commit it like that') },
  examples: [{ line: 'railiance secrets decrypt app.env.sops.yaml | less', does: 'look at it' }],
  async run({ args: { file }, options, ...around }) {
    const sources = keySources(around);
    if (!options.inPlace) return around.output.bytes(Buffer.from(await plainText(file, sources)));
    const source = await openSecretsFile(file, sources);
    const plain = await changing(`decrypt ${file}`, file, () => decryptedText(source.opened));
    await replaceSecretsFile(source, plain);
    around.output.warn(`${file} now holds secrets in plain text`, `railiance secrets encrypt --in-place ${file}`);
  },
});

async function plainText(file: string, sources: KeySources): Promise<string> {
  try {
    const { opened } = await openSecretsFile(file, sources);
    return await changing(`decrypt ${file}`, file, () => decryptedText(opened));
  } catch (error) {
    return await decryptedBySops(file, error, sources);
  }
}
