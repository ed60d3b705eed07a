import { readFileSync } from 'node:fs';

import { loadBlueprint } from '../../config/blueprint.ts';
import { exitCodes, Failure, problemOf } from '../../domain/failure.ts';
import type { RegistrySpec } from '../../domain/registry.ts';
import { createLocalExec } from '../../exec/localExec.ts';
import { Registry, type RegistryOptions } from '../../oci/index.ts';
import { registryFailure } from '../../pipeline/registryFailure.ts';
import { hostOf } from '../../pipeline/registryReference.ts';
import type { Environment } from '../output/terminal.ts';
import type { Output } from '../output.ts';
import { credentialsFor } from './credentials.ts';

/** What is needed from outside to reach registries with. */
export interface RegistryAround {
  readonly env: Environment;
  /** Credentials are taken out of it. */
  readonly output: Pick<Output, 'redactWith'>;
}

/** The blueprint's settings of a registry, where it is the one that images are pushed to or pulled from. */
export function specOf(host: string, spec: RegistrySpec | undefined): RegistrySpec | undefined {
  return spec !== undefined && [spec.push, spec.pull].some((address) => hostOf(address) === host) ? spec : undefined;
}

/** How to reach a registry, as the blueprint and the Docker configuration say. */
export function registryOptions(
  host: string,
  access: 'push' | 'pull',
  { env, output }: RegistryAround,
  configured: RegistrySpec | undefined,
): RegistryOptions {
  const spec = specOf(host, configured);
  const references = spec?.credentials ?? {};
  // Credentials are for the address they stand beside; at another one they are not even read.
  const beside = { push: references.push, pull: references.pull ?? references.push };
  const named = spec && hostOf(spec[access]) === host ? beside[access] : undefined;
  const exec = createLocalExec();
  return {
    host,
    plainHttp: spec?.plainHttp ?? false,
    token: spec?.token ?? 'realm',
    ca: spec?.caFile === undefined ? undefined : readCertificates(spec.caFile),
    credentials: () => credentialsFor(host, named === 'docker' ? undefined : named, { env, exec, output }),
  };
}

/** @throws Failure (invalid input) */
function readCertificates(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new Failure('read the certificates of the registry', problemOf(error), {
      hint: 'ca under [registry] in blueprint.toml names the file',
      exitCode: exitCodes.invalidInput,
    });
  }
}

/** A registry for the images of a stage: as its blueprint says, with the credentials that stand beside the address. */
export function openStageRegistry(host: string, spec: RegistrySpec | undefined, around: RegistryAround): Registry {
  const access = spec === undefined || hostOf(spec.push) === host ? 'push' : 'pull';
  return new Registry(registryOptions(host, access, around, spec));
}

/** A registry as the blueprint here or above says. @throws Failure */
export async function openRegistry(
  host: string,
  access: 'push' | 'pull',
  around: RegistryAround & { readonly cwd: string },
): Promise<Registry> {
  const { registry } = await loadBlueprint(around.cwd, around.cwd);
  return registryFailure('open the registry', () => new Registry(registryOptions(host, access, around, registry)));
}
