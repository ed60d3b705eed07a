import { exitCodes, Failure } from '../domain/failure.ts';
import type { Target } from '../domain/name.ts';
import { selectorOf } from '../kubernetes/labels.ts';
import { type KubeList, pathOf, type SecretObject } from '../kubernetes/objects.ts';
import { createRecord, type RecordPlace, recordLabels, recordName } from '../kubernetes/records.ts';
import { decoded, encoded, read, replace } from '../kubernetes/store.ts';
import { type Revocation, type Revocations, withMoreNames } from './revocations.ts';
import { assertVersion } from './version.ts';

const schema = 'railiance.revocation.v1';
const kind = 'revocation';
const key = 'revocation.json';

/** Revocations as Secrets of the stage's cluster, one a version, `<app>.<stage>.revocation.<version>`. None is ever removed. */
export function createKubernetesRevocations(place: RecordPlace): Revocations {
  const { api, namespace } = place;
  const nameOf = (target: Target, version: string) => recordName(target, kind, assertVersion(version));
  const pathFor = (target: Target, version: string) => pathOf('secrets', namespace, nameOf(target, version));
  const find = (target: Target, version: string) => read<SecretObject>(api, pathFor(target, version));

  return {
    async list(target) {
      const query = { labelSelector: selectorOf(recordLabels(kind, target)) };
      const { items } = await api.call<KubeList<SecretObject>>(pathOf('secrets', namespace), { query });
      return items.map(revocationIn);
    },

    async of(target, version) {
      const found = await find(target, version);
      return found && revocationIn(found);
    },

    async add(target, revocation) {
      const { version } = revocation;
      for (;;) {
        const found = await find(target, version);
        const known = found && revocationIn(found);
        const next = withMoreNames(known, revocation);
        if (next === known) return;
        const metadata = {
          ...found?.metadata,
          ...{ name: nameOf(target, version), namespace, labels: recordLabels(kind, target) },
        };
        const data = { [key]: encoded(JSON.stringify({ schema, ...next })) };
        const object: SecretObject = { apiVersion: 'v1', kind: 'Secret', metadata, data };
        const isDone = found
          ? await replace(api, pathFor(target, version), object)
          : await createRecord(place, 'secrets', object);
        if (isDone) return;
      }
    },
  };
}

/** @throws Failure where it is damaged: that must not mean that nothing was revoked */
function revocationIn({ metadata, data }: SecretObject): Revocation {
  const stored = parsed(decoded(data?.[key]));
  const version = metadata.name.split('.').at(-1);
  if (stored?.schema === schema && stored.version === version && Array.isArray(stored.names)) {
    const { schema: _, ...revocation } = stored;
    return revocation;
  }
  throw new Failure('read what was revoked', `the Secret ${metadata.name} in ${metadata.namespace} is damaged`, {
    hint: 'restore it from a backup of the cluster, or delete it and revoke what leaked once more',
    exitCode: exitCodes.needsPerson,
  });
}

function parsed(text: string): (Revocation & { readonly schema: unknown }) | undefined {
  try {
    return JSON.parse(text) ?? undefined;
  } catch {
    return undefined;
  }
}
