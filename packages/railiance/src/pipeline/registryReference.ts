import { exitCodes, Failure } from '../domain/failure.ts';
import { parseReference, type Reference } from '../oci/index.ts';
import { registryFailure } from './registryFailure.ts';

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

/** Host and port of an address that may go on with a path. */
export function hostOf(address: string): string {
  return address.split('/')[0] ?? address;
}
