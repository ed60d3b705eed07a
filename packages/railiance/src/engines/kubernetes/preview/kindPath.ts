import type { Api } from '../../../kubernetes/api.ts';
import { undefinedIfMissing } from '../../../kubernetes/apiError.ts';
import type { KubeObject } from '../../../kubernetes/objects.ts';

interface ResourceList {
  readonly resources: readonly { readonly name: string; readonly kind: string; readonly namespaced: boolean }[];
}

const known = new WeakMap<Api, Map<string, Promise<ResourceList | undefined>>>();

/** Where an object of any kind is, as the server itself says; undefined where it does not know the kind (yet). */
export async function kindPath(api: Api, object: KubeObject, namespace: string): Promise<string | undefined> {
  const { apiVersion = 'v1', kind, metadata } = object;
  const base = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  const lists = known.get(api) ?? new Map<string, Promise<ResourceList | undefined>>();
  known.set(api, lists);
  const asking = lists.get(base) ?? api.call<ResourceList>(base).catch(undefinedIfMissing);
  lists.set(base, asking);
  const resource = (await asking)?.resources.find((one) => one.kind === kind && !one.name.includes('/'));
  if (!resource) return undefined;
  const within = resource.namespaced ? `/namespaces/${encodeURIComponent(metadata.namespace ?? namespace)}` : '';
  return `${base}${within}/${resource.name}/${encodeURIComponent(metadata.name)}`;
}
