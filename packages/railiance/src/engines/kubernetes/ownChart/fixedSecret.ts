import type { Secrets } from '../../../domain/secret.ts';
import type { Api } from '../../../kubernetes/api.ts';
import { labelOf } from '../../../kubernetes/labels.ts';
import { pathOf, type SecretObject } from '../../../kubernetes/objects.ts';
import { create, encoded, read, replace } from '../../../kubernetes/store.ts';
import type { TargetState } from '../state/targetState.ts';

/** Secrets that a chart reads under a name of its own which is the app's environment: `<slug>-env`, `<release>-env`. */
export function fixedNames(
  { app, release }: Pick<TargetState, 'app' | 'release'>,
  read: readonly string[],
): readonly string[] {
  return read.filter((name) => [`${app}-env`, `${release}-env`, app, release, `${app}-secrets`].includes(name));
}

/**
 * Writes a Secret of a fixed name: the copies named by their content are the truth, this one is what the chart can read.
 * True where it was changed. One that Helm or a person made is taken over only if it is not Helm's own.
 */
export async function writeFixed(
  api: Api,
  state: TargetState,
  name: string,
  version: string,
  values: Secrets,
): Promise<boolean> {
  const path = pathOf('secrets', state.namespace, name);
  const annotations = { 'railiance.dev/secrets-version': version };
  const labels = { [labelOf.kind]: 'fixed-environment', [labelOf.app]: state.app, [labelOf.stage]: state.stage };
  const data = Object.fromEntries(Object.entries(values).map(([key, value]) => [key, encoded(value.reveal())]));
  for (;;) {
    const found = await read<SecretObject>(api, path);
    if (found?.metadata.annotations?.['railiance.dev/secrets-version'] === version) return false;
    const resourceVersion = found?.metadata.resourceVersion;
    const metadata = {
      name,
      namespace: state.namespace,
      labels,
      annotations,
      ...(resourceVersion !== undefined && { resourceVersion }),
    };
    const object = { apiVersion: 'v1', kind: 'Secret', type: 'Opaque', metadata, data };
    if (found ? await replace(api, path, object) : await create(api, pathOf('secrets', state.namespace), object))
      return true;
  }
}
