import type { RegistrySpec } from '../../domain/registry.ts';
import { configDigests, parseReference } from '../../oci/index.ts';
import { openStageRegistry, type RegistryAround } from './open.ts';

/**
 * Tells by the word of the stage's registry which configurations are in an image, `host[:port]/path@sha256:…` as the nodes know it.
 * Undefined where that registry has no such image, or the image is from another one: nobody else is asked.
 */
export function configDigestsAt(spec: RegistrySpec | undefined, around: RegistryAround) {
  return async (image: string, signal: AbortSignal): Promise<readonly string[] | undefined> => {
    const here = spec && addressHere(image, spec);
    if (here === undefined) return undefined;
    const { registry: host = '', repository, digest } = parseReference(here);
    if (digest === undefined) return undefined;
    const registry = openStageRegistry(host, spec, around);
    try {
      return await configDigests(registry.repository(repository, 'pull'), digest, signal);
    } finally {
      registry.close();
    }
  };
}

/** The same image at the address that this machine reaches. */
export function addressHere(image: string, { push, pull }: Pick<RegistrySpec, 'push' | 'pull'>): string | undefined {
  const at = [pull, push].find((address) => image.startsWith(`${address}/`));
  return at && `${push}${image.slice(at.length)}`;
}
