import { readFile } from 'node:fs/promises';

import { loadBlueprint } from '../../../config/blueprint.ts';
import { exitCodes, Failure } from '../../../domain/failure.ts';
import { createLocalExec } from '../../../exec/localExec.ts';
import { replaceDurably } from '../../../files/durableFile.ts';
import { type Credentials, helperInput, helperOf, Registry, withCredentials } from '../../../oci/index.ts';
import { registryFailure } from '../../../pipeline/registryFailure.ts';
import { defineCommand, required, text } from '../../command.ts';
import { dockerConfigFile, helperBy, hide } from '../../registry/credentials.ts';
import { type RegistryAround, registryOptions } from '../../registry/open.ts';
import { readValue } from '../secrets/readValue.ts';

export default defineCommand({
  name: 'registry login',
  group: 'Registries',
  summary: 'Keep credentials for a registry where Docker, podman and skopeo look too',
  description: [
    'The password or token comes from standard input or a hidden prompt, and is tried first. It is kept by the credential helper of ~/.docker/config.json, or in that file where it names none.',
  ],
  arguments: { registry: required('host, with its port') },
  options: { user: text('name', 'who logs in', { short: 'u' }) },
  examples: [{ line: 'railiance registry login registry.example:5000 -u ann', does: 'asks for the password' }],
  async run({ args, options, stdin, ...around }) {
    const { output, env } = around;
    const host = args.registry;
    const username = options.user ?? env.USER;
    if (username === undefined || username.includes(':')) {
      throw new Failure(`log in to ${host}`, 'no user was named', {
        hint: '--user <name>',
        exitCode: exitCodes.invalidInput,
      });
    }
    const credentials = {
      username,
      password: await readValue(`the password of ${username}`, `registry login ${host}`, { stdin, output }),
    };
    hide(credentials, output);
    await assertTaken(host, credentials, around);
    const file = dockerConfigFile(env);
    const kept = await registryFailure(`keep the credentials for ${host}`, () => keep(file, host, credentials, around));
    const keptBy = kept ?? file;
    output.result({ schema: 'railiance.registry.login.v1', registry: host, username, keptBy } as const, () =>
      output.line(`${username} is logged in to ${host}; the credentials are kept by ${keptBy}`),
    );
    if (kept === undefined) output.warn(`the password stands in ${file}, which only you may read`);
  },
});

/** @throws Failure where the registry refuses them */
async function assertTaken(
  host: string,
  credentials: Credentials,
  { cwd, ...around }: RegistryAround & { readonly cwd: string },
): Promise<void> {
  const options = registryOptions(host, 'push', around, (await loadBlueprint(cwd, cwd)).registry);
  await registryFailure(`log in to ${host}`, async () => {
    const registry = new Registry({ ...options, credentials: async () => credentials });
    try {
      await registry.login();
    } finally {
      registry.close();
    }
  });
}

/** The helper that keeps them; undefined where they are in the file. */
async function keep(file: string, host: string, credentials: Credentials, { env }: RegistryAround) {
  const before = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '{}';
    throw new Failure(`keep the credentials for ${host}`, `${file}: ${error.code}`);
  });
  const after = withCredentials(before, host, credentials);
  if (after !== undefined) return void (await replaceDurably(file, after));
  const helper = helperOf(JSON.parse(before), host) ?? '';
  await helperBy({ env, exec: createLocalExec() })(helper, 'store', helperInput(host, credentials));
  return `docker-credential-${helper}`;
}
