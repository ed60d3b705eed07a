import { gunzipSync } from 'node:zlib';

import type { Api } from '../../kubernetes/api.ts';
import { labelOf } from '../../kubernetes/labels.ts';
import type { KubeList, SecretObject } from '../../kubernetes/objects.ts';

/** What is there to hold secrets: who may read these, reads secrets. */
const stores = new Set([
  ...['environment', 'fixed-environment', 'pull-credentials', 'age-key'],
  ...['secrets', 'store-key', 'database-role'],
]);

interface Resource {
  readonly name: string;
  readonly namespaced: boolean;
  readonly verbs: readonly string[];
}

/**
 * All that these namespaces hold, of every kind that the cluster knows, by its name: annotations, events and managed fields too,
 * and what Helm and the records keep, unpacked. Of the Secrets that are for secrets all but their data.
 */
export async function inTheOpen(api: Api, namespaces: readonly string[]): Promise<ReadonlyMap<string, Buffer>> {
  const found = new Map<string, Buffer>();
  for (const path of await listPaths(api, namespaces)) {
    const { items } = await api.call<KubeList<SecretObject>>(path);
    for (const object of items) {
      const name = `${path}/${object.metadata.name}`;
      found.set(name, Buffer.from(JSON.stringify(isStore(object) ? { ...object, data: undefined } : object)));
      if (path.endsWith('/secrets') && !isStore(object)) {
        for (const [key, value] of Object.entries(object.data ?? {})) found.set(`${name}: ${key}`, unpacked(value));
      }
    }
  }
  return found;
}

function isStore({ metadata }: SecretObject): boolean {
  return stores.has(metadata.labels?.[labelOf.kind] ?? '');
}

/** Source: https://kubernetes.io/docs/concepts/overview/kubernetes-api/#discovery-api */
async function listPaths(api: Api, namespaces: readonly string[]): Promise<readonly string[]> {
  const { groups } = await api.call<{ groups: readonly { preferredVersion: { groupVersion: string } }[] }>('/apis');
  const roots = ['/api/v1', ...groups.map(({ preferredVersion }) => `/apis/${preferredVersion.groupVersion}`)];
  const paths = await Promise.all(
    roots.map(async (root) => {
      const { resources } = await api.call<{ resources: readonly Resource[] }>(root);
      const listed = resources.filter(({ namespaced, verbs }) => namespaced && verbs.includes('list'));
      return listed.flatMap(({ name }) => namespaces.map((namespace) => `${root}/namespaces/${namespace}/${name}`));
    }),
  );
  return paths.flat();
}

/** Base64 and gzip off, as often as they are on: Helm has its releases in base64, gzip, and base64 again. */
function unpacked(value: string): Buffer {
  const bytes = Buffer.from(value, 'base64');
  if (bytes[0] === 0x1f && bytes[1] === 0x8b) return gunzipSync(bytes);
  const text = bytes.toString('latin1');
  return /^H4sI[A-Za-z0-9+/=]+$/.test(text) ? unpacked(text) : bytes;
}
