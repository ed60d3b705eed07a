import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';

import { exitCodes, Failure } from '../../../domain/failure.ts';
import { Secret } from '../../../domain/secret.ts';
import { ageKeysFile } from '../../../secrets/ageIdentities.ts';
import { parseAgeKeys } from '../../../secrets/ageKeyFile.ts';
import { recipientOf } from '../../../secrets/ageKeygen.ts';
import { readSops } from '../../../secrets/sops/index.ts';
import { readSecretsFile } from '../../../secrets/sopsFile.ts';
import { defineCommand, optional, required } from '../../command.ts';
import { openRecords } from '../../records.ts';
import { chooseFile } from './file.ts';

export default defineCommand({
  name: 'secrets bootstrap',
  group: 'Secrets',
  summary: 'Put an age key into the cluster of a stage, once, for jobs that have no key of their own',
  description: [
    'Gate and deploy open the app’s secrets with this one where no key of whoever runs them does. It is the Secret sops-age in the namespace of the records, which everybody who deploys to the stage can read. A key that is there is never overwritten.',
  ],
  arguments: { stage: required('the stage whose cluster gets it'), file: optional('key file; without it, your own') },
  options: {},
  examples: [
    { line: 'railiance secrets bootstrap production deploy.agekey', does: 'a key of its own for deploys, best' },
  ],
  async run({ args: { stage, file: named }, output, env, cwd }) {
    const { clusters } = await openRecords(env, cwd);
    const cluster = await clusters.at({ stage });
    if (!cluster) {
      throw new Failure('find the cluster', `${stage} is not a stage with engine = "kubernetes"`, {
        hint: 'blueprint.toml names the stages',
        exitCode: exitCodes.invalidInput,
      });
    }
    const { content, recipients } = await readKey(named === undefined ? ageKeysFile(env) : resolve(cwd, named));
    const { namespace } = cluster.place;
    const { putClusterAgeKey } = await import('../../../secrets/clusterAgeKey.ts');
    const created = await putClusterAgeKey(cluster.place, content);
    const closed = await closedFile(stage, recipients, cwd);
    output.result({ schema: 'railiance.secrets.bootstrap.v1', stage, namespace, recipients, created } as const, () => {
      output.note(created ? `the key is in ${namespace} now` : `the key is in ${namespace} already`);
      for (const recipient of recipients) output.line(recipient);
    });
    if (closed !== undefined) {
      output.warn(`it does not open ${closed}`, `railiance secrets add-recipient ${recipients[0]} --file ${closed}`);
    }
  },
});

/** @throws Failure (invalid input) for what is no key file */
async function readKey(file: string): Promise<{ readonly content: Secret; readonly recipients: readonly string[] }> {
  const content = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new Failure(`read ${file}`, error.message, {
      hint: 'railiance secrets keygen makes a key',
      exitCode: exitCodes.invalidInput,
    });
  });
  const { identities } = parseAgeKeys(content, file);
  if (identities.length === 0) {
    throw new Failure(`read ${file}`, 'it holds no age key', { exitCode: exitCodes.invalidInput });
  }
  return { content: new Secret(content), recipients: await Promise.all(identities.map(recipientOf)) };
}

/** The file of the app here, where none of the recipients can open it. The key may be for other apps. */
async function closedFile(stage: string, recipients: readonly string[], cwd: string): Promise<string | undefined> {
  try {
    const { file } = await chooseFile({ file: undefined, app: undefined, stage }, cwd);
    const { text, format } = await readSecretsFile(file, cwd);
    const { metadata } = await readSops(text, format);
    return metadata.age.some(({ recipient }) => recipients.includes(recipient)) ? undefined : file;
  } catch {
    return undefined;
  }
}
