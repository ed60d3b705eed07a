import type { Secrets } from '../../domain/secret.ts';
import { createRedactor, type Redactor } from '../../exec/redact.ts';
import type { Api } from '../../kubernetes/api.ts';
import { labelOf, selectorOf } from '../../kubernetes/labels.ts';
import { asCached, type KubeList, pathOf, type SecretObject } from '../../kubernetes/objects.ts';
import { create, encoded, remove, replace } from '../../kubernetes/store.ts';
import type { TargetState } from './state/targetState.ts';
import type { PullCredentials } from './tools.ts';

type Of = Pick<TargetState, 'app' | 'stage' | 'namespace'>;

const kind = 'environment';
const versionLabel = 'railiance.dev/secrets-version';

function labelsOf({ app, stage }: Of) {
  return { [labelOf.kind]: kind, [labelOf.app]: app, [labelOf.stage]: stage };
}

/** A copy of one version of an app's secrets where its pods can read it. It never changes: its name says its content. */
export async function copySecrets(api: Api, state: Of, name: string, version: string, values: Secrets): Promise<void> {
  const data = Object.fromEntries(Object.entries(values).map(([key, value]) => [key, encoded(value.reveal())]));
  const labels = { ...labelsOf(state), [versionLabel]: version.slice(0, 60) };
  await create(api, pathOf('secrets', state.namespace), {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name, namespace: state.namespace, labels },
    type: 'Opaque',
    immutable: true,
    data,
  } as SecretObject);
}

/** Removes copies of versions that the stage no longer keeps: no rollback can need them. */
export async function pruneCopies(api: Api, state: Of, kept: ReadonlySet<string>): Promise<void> {
  const list = await api.call<KubeList<SecretObject>>(pathOf('secrets', state.namespace), {
    query: { ...asCached, labelSelector: selectorOf(labelsOf(state)) },
  });
  const labels = new Set([...kept].map((version) => version.slice(0, 60)));
  for (const { metadata } of list.items) {
    if (!labels.has(metadata.labels?.[versionLabel] ?? '')) {
      await remove(api, pathOf('secrets', state.namespace, metadata.name));
    }
  }
}

/** The Secret of credentials for pulling, written anew where they changed. */
export async function putPullSecret(
  api: Api,
  namespace: string,
  name: string,
  { dockerConfigJson }: PullCredentials,
): Promise<void> {
  const object = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name, namespace, labels: { [labelOf.kind]: 'pull-credentials' } },
    type: 'kubernetes.io/dockerconfigjson',
    data: { '.dockerconfigjson': encoded(dockerConfigJson) },
  };
  if (await create(api, pathOf('secrets', namespace), object)) return;
  await replace(api, pathOf('secrets', namespace, name), object);
}

/** Takes the values of one version out of whatever pods say. */
export function redactorOf(values: Secrets): Redactor {
  return createRedactor(Object.values(values).map((value) => value.reveal()));
}
