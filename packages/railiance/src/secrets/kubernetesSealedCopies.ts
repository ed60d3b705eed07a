import { promisify } from 'node:util';
import { gunzipSync, gzip } from 'node:zlib';

import type { Target } from '../domain/name.ts';
import { selectorOf } from '../kubernetes/labels.ts';
import { pathOf, type SecretObject } from '../kubernetes/objects.ts';
import { createRecord, type RecordPlace, recordLabels, recordName } from '../kubernetes/records.ts';
import { decoded, encoded, listMetadata, read, remove, replace } from '../kubernetes/store.ts';
import type { SealedCopies } from './sealedCopies.ts';
import { assertVersion } from './version.ts';

const kind = 'sealed-copy';
const textKey = 'text.gz';
const extensionKey = 'extension';
const compress = promisify(gzip);

/** Ciphertexts as Secrets of the stage's cluster, one beside each version: `<app>.<stage>.sealed-copy.<version>`, gzipped. */
export function createKubernetesSealedCopies(place: RecordPlace): SealedCopies {
  const { api, namespace } = place;
  const nameOf = (target: Target, version: string) => recordName(target, kind, assertVersion(version));
  const pathFor = (target: Target, version: string) => pathOf('secrets', namespace, nameOf(target, version));

  return {
    async keep(target, version, { text, extension }) {
      const path = pathFor(target, version);
      const data = { [textKey]: (await compress(text)).toString('base64'), [extensionKey]: encoded(extension) };
      for (;;) {
        const found = await read<SecretObject>(api, path);
        const metadata = {
          ...found?.metadata,
          ...{ name: nameOf(target, version), namespace, labels: recordLabels(kind, target) },
        };
        const object: SecretObject = { apiVersion: 'v1', kind: 'Secret', metadata, data };
        const isDone = found ? await replace(api, path, object) : await createRecord(place, 'secrets', object);
        if (isDone) return;
      }
    },

    async get(target, version) {
      const found = await read<SecretObject>(api, pathFor(target, version));
      if (!found) return undefined;
      const text = gunzipSync(Buffer.from(found.data?.[textKey] ?? '', 'base64')).toString();
      return { text, extension: decoded(found.data?.[extensionKey]) };
    },

    async versions(target) {
      const found = await listMetadata(api, pathOf('secrets', namespace), selectorOf(recordLabels(kind, target)));
      return found.map(({ name }) => name.split('.').at(-1) ?? '').sort();
    },

    remove: async (target, version) => await remove(api, pathFor(target, version)),
  };
}
