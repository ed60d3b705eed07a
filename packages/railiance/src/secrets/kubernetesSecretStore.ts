import { exitCodes, Failure } from '../domain/failure.ts';
import { type Target, targetLabel } from '../domain/name.ts';
import type { Secrets } from '../domain/secret.ts';
import { selectorOf } from '../kubernetes/labels.ts';
import { type DataObject, pathOf, type SecretObject } from '../kubernetes/objects.ts';
import { createKeptSecret, createRecord, type RecordPlace, recordLabels, recordName } from '../kubernetes/records.ts';
import { decoded, encoded, listMetadata, read, remove, replace } from '../kubernetes/store.ts';
import { clusterStoreKey } from './clusterStoreKey.ts';
import type { SecretStore } from './secretStore.ts';
import { parseValues, serialiseValues } from './storedValues.ts';
import { assertVersion, versionOf } from './version.ts';

const valuesKey = 'values.json';
const kind = 'secrets';

/**
 * Secrets as immutable Secrets of the stage's cluster, one a version, named by it, in the namespace of the records: who may
 * deploy an app is not by that given the values of all. A pointer a target says which version was put last.
 */
export function createKubernetesSecretStore(place: RecordPlace, key = clusterStoreKey(place)): SecretStore {
  const { api, namespace } = place;
  const nameOf = (target: Target, version: string) => recordName(target, kind, assertVersion(version));
  const pathFor = (target: Target, version: string) => pathOf('secrets', namespace, nameOf(target, version));
  const pointerPath = (target: Target) => pathOf('configmaps', namespace, recordName(target, kind));

  const listed = async (target: Target) => {
    const found = await listMetadata(api, pathOf('secrets', namespace), selectorOf(recordLabels(kind, target)));
    return found.map(({ name, creationTimestamp }) => ({
      version: name.split('.').at(-1) ?? '',
      at: creationTimestamp ?? '',
    }));
  };

  /** As they were read or made here, by name: nobody changes a version once it is there. */
  const opened = new Map<string, Secrets>();

  const pointerOf = async (target: Target) => await read<DataObject>(api, pointerPath(target));

  async function point(target: Target, version: string, known: DataObject | undefined): Promise<void> {
    for (let found = known; ; found = await pointerOf(target)) {
      if (found?.data?.latest === version) return;
      const metadata = {
        ...found?.metadata,
        name: recordName(target, kind),
        namespace,
        labels: recordLabels('latest', target),
      };
      const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { latest: version } };
      const done = found
        ? await replace(api, pointerPath(target), object)
        : await createRecord(place, 'configmaps', object);
      if (done) return;
    }
  }

  return {
    async put(target, values) {
      const version = versionOf(await key(), values);
      const metadata = { name: nameOf(target, version), namespace, labels: recordLabels(kind, target) };
      const data = { [valuesKey]: encoded(serialiseValues(values)) };
      const [pointer, isNew] = await Promise.all([pointerOf(target), createKeptSecret(place, metadata, data)]);
      await point(target, version, pointer);
      if (isNew) opened.set(nameOf(target, version), values);
      return version;
    },

    async get(target, version) {
      const kept = opened.get(nameOf(target, version));
      if (kept) return kept;
      const found = await read<SecretObject>(api, pathFor(target, version));
      if (!found) throw unreadable(target, version, 'is not in the cluster');
      const values = parseValues(decoded(found.data?.[valuesKey]));
      if (!values || versionOf(await key(), values) !== version) throw unreadable(target, version, 'is damaged');
      opened.set(nameOf(target, version), values);
      return values;
    },

    versions: async (target) => (await listed(target)).map(({ version }) => version).sort(),

    async remove(target, version) {
      opened.delete(nameOf(target, version));
      await remove(api, pathFor(target, version));
    },

    async latest(target) {
      const [all, pointer] = await Promise.all([listed(target), pointerOf(target)]);
      const last = pointer?.data?.latest;
      if (all.some(({ version }) => version === last)) return last;
      return all.toSorted((one, other) => (one.at < other.at ? 1 : -1))[0]?.version;
    },
  };
}

function unreadable(target: Target, version: string, problem: string): Failure {
  return new Failure(`read secrets of ${targetLabel(target)}`, `version ${version.slice(0, 12)} ${problem}`, {
    hint: 'deploy again: the values are then stored as a new version',
    exitCode: exitCodes.needsPerson,
  });
}
