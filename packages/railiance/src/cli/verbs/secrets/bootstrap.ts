import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';

import { exitCodes, Failure } from '../../../domain/failure.ts';
import { Secret } from '../../../domain/secret.ts';
import { ageKeysFile } from '../../../secrets/ageIdentities.ts';
import { parseAgeKeys } from '../../../secrets/ageKeyFile.ts';
import { defineCommand, optional, required, text } from '../../command.ts';
import { openRecords } from '../../records.ts';

export default defineCommand({
  name: 'secrets bootstrap',
  group: 'Operate',
  summary: 'Put an age key into the cluster of a stage, once, for jobs that have no key of their own',
  description: [
    'A deploy that finds no age key where it runs opens the app’s secrets with this one. It is kept in the namespace of the records; give jobs the right to read it there, and nobody else.',
  ],
  arguments: { stage: required('the stage whose cluster gets it'), file: optional('key file; without it, your own') },
  options: { namespace: text('name', 'in place of the namespace of the records') },
  examples: [
    { line: 'railiance secrets bootstrap production deploy.agekey', does: 'a key of its own for deploys, best' },
  ],
  async run({ args, options, output, env, cwd }) {
    const { clusters } = await openRecords(env, cwd);
    const cluster = await clusters.at({ stage: args.stage });
    if (!cluster) {
      throw new Failure('find the cluster', `${args.stage} is not a stage with engine = "kubernetes"`, {
        hint: 'blueprint.toml names the stages',
        exitCode: exitCodes.invalidInput,
      });
    }
    const file = args.file === undefined ? ageKeysFile(env) : resolve(cwd, args.file);
    const content = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
      throw new Failure(`read ${file}`, error.message, {
        hint: 'railiance secrets keygen makes a key',
        exitCode: exitCodes.invalidInput,
      });
    });
    if (parseAgeKeys(content, file).identities.length === 0) {
      throw new Failure(`read ${file}`, 'it holds no age key', { exitCode: exitCodes.invalidInput });
    }
    const namespace = options.namespace ?? cluster.place.namespace;
    const { putClusterAgeKey } = await import('../../../secrets/clusterAgeKey.ts');
    const created = await putClusterAgeKey({ ...cluster.place, namespace }, new Secret(content));
    output.result({ schema: 'railiance.secrets.bootstrap.v1', stage: args.stage, namespace, created } as const, () =>
      output.note(created ? `the key is in ${namespace} now` : `the key is in ${namespace} already`),
    );
  },
});
