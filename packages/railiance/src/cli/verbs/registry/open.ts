import { loadBlueprint } from '../../../config/blueprint.ts';
import type { RegistrySpec } from '../../../domain/blueprint.ts';
import { type ExitCode, exitCodes, Failure, problemOf } from '../../../domain/failure.ts';
import { createLocalExec } from '../../../exec/localExec.ts';
import {
  OciError,
  parseReference,
  type Reference,
  Registry,
  RegistryError,
  type RegistryOptions,
} from '../../../oci/index.ts';
import type { Environment } from '../../output/terminal.ts';
import type { Output } from '../../output.ts';
import { credentialsFor } from './credentials.ts';

/** What a verb gets from outside to reach registries with. */
export interface RegistryAround {
  readonly cwd: string;
  readonly env: Environment;
  readonly output: Output;
}

export interface RegistryReference extends Reference {
  readonly registry: string;
}

/** An image reference that names its registry. @throws Failure (invalid input) */
export function referenceOf(text: string): RegistryReference {
  const { registry, ...rest } = registryFailure('read the reference', () => parseReference(text));
  if (registry !== undefined) return { registry, ...rest };
  throw new Failure('read the reference', `${JSON.stringify(text)} names no registry`, {
    hint: 'write registry:port/repository:tag',
    exitCode: exitCodes.invalidInput,
  });
}

/** The blueprint's settings of a registry, where it is the one that images are pushed to or pulled from. */
export function specOf(host: string, spec: RegistrySpec | undefined): RegistrySpec | undefined {
  return spec !== undefined && [spec.push, spec.pull].some((address) => hostOf(address) === host) ? spec : undefined;
}

/** Host and port of an address that may go on with a path. */
export function hostOf(address: string): string {
  return address.split('/')[0] ?? address;
}

/** How to reach a registry, as the blueprint and the Docker configuration say. */
export async function registryOptions(
  host: string,
  access: 'push' | 'pull',
  { cwd, env, output }: RegistryAround,
  given?: RegistrySpec,
): Promise<RegistryOptions> {
  const spec = specOf(host, given ?? (await loadBlueprint(cwd, cwd)).registry);
  const references = spec?.credentials ?? {};
  // Credentials are for the address they stand beside; at another one they are not even read.
  const beside = { push: references.push, pull: references.pull ?? references.push };
  const named = spec && hostOf(spec[access]) === host ? beside[access] : undefined;
  const exec = createLocalExec();
  return {
    host,
    plainHttp: spec?.plainHttp ?? false,
    token: spec?.token ?? 'realm',
    credentials: () => credentialsFor(host, named === 'docker' ? undefined : named, { env, exec, output }),
  };
}

/** @throws Failure */
export async function openRegistry(host: string, access: 'push' | 'pull', around: RegistryAround): Promise<Registry> {
  const options = await registryOptions(host, access, around);
  return registryFailure('open the registry', () => new Registry(options));
}

/** Runs `work`; what a registry or an image caused becomes a Failure with the next thing to do. */
export function registryFailure<T>(action: string, work: () => T): T {
  const failed = (error: unknown): never => {
    if (!(error instanceof RegistryError) && !(error instanceof OciError)) throw error;
    throw new Failure(action, problemOf(error), { ...adviceFor(error), cause: error });
  };
  try {
    const result = work();
    return result instanceof Promise ? (result.catch(failed) as T) : result;
  } catch (error) {
    return failed(error);
  }
}

function adviceFor(error: RegistryError | OciError): { exitCode: ExitCode; hint?: string } {
  switch (error.code) {
    case 'unauthorized':
    case 'denied':
      return { hint: 'railiance registry check tells what is wrong', exitCode: exitCodes.refused };
    case 'forbidden-address':
      if (!/realm/.test(error.message)) return { exitCode: exitCodes.refused };
      return { hint: 'write token = "prefetch" under [registry] in blueprint.toml', exitCode: exitCodes.refused };
    case 'unreachable':
      return { hint: 'railiance registry check tells what is wrong', exitCode: exitCodes.dependencyMissing };
    case 'invalid':
    case 'missing':
      return { exitCode: exitCodes.invalidInput };
    default:
      return { exitCode: exitCodes.failedAndRolledBack };
  }
}
