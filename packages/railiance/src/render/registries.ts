import { stringify } from 'yaml';

import { exitCodes, Failure } from '../domain/failure.ts';
import type { RegistrySpec } from '../domain/registry.ts';

/** Where k3s reads it on each of its nodes. */
export const registriesFile = '/etc/rancher/k3s/registries.yaml';

/**
 * The file that has k3s pull by HTTP where it would ask by TLS. No credentials are in it: railiance gives the pods a pull secret.
 * Source: https://docs.k3s.io/installation/private-registry
 * @throws Failure (invalid input) where the registry needs none
 */
export function registriesYaml({ pull, plainHttp }: Pick<RegistrySpec, 'pull' | 'plainHttp'>): string {
  const host = pull.split('/')[0] ?? pull;
  if (!plainHttp) {
    throw new Failure('write registries.yaml', `${host} speaks TLS: k3s pulls from it without a mirror`, {
      hint: 'plain_http = true under [registry] in blueprint.toml says otherwise',
      exitCode: exitCodes.invalidInput,
    });
  }
  return stringify({ mirrors: { [host]: { endpoint: [`http://${host}`] } } });
}
