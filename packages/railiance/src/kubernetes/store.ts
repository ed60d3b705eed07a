import type { Api } from './api.ts';
import { isStatus, undefinedIfMissing } from './apiError.ts';
import type { KubeList, KubeObject, Metadata } from './objects.ts';

export async function read<T>(api: Api, path: string): Promise<T | undefined> {
  return await api.call<T>(path).catch(undefinedIfMissing);
}

/** What objects are called and labelled, and nothing of what they hold. */
export async function listMetadata(api: Api, listPath: string, labelSelector: string): Promise<readonly Metadata[]> {
  const asked = { query: { labelSelector }, metadataOnly: true };
  const { items } = await api.call<{ readonly items: KubeList<KubeObject>['items'] | null }>(listPath, asked);
  // An empty list of this kind comes as null.
  return (items ?? []).map(({ metadata }) => metadata);
}

/** False where there is one of that name already. */
export async function create(api: Api, listPath: string, object: KubeObject): Promise<boolean> {
  return (await created(api, listPath, object)) !== undefined;
}

/** The object as it came to be; undefined where there is one of that name already. */
export async function created<T extends KubeObject>(api: Api, listPath: string, object: T): Promise<T | undefined> {
  try {
    return await api.call<T>(listPath, { method: 'POST', body: object });
  } catch (error) {
    if (isStatus(error, 409)) return undefined;
    throw error;
  }
}

/** Replaces what was read; false where it was changed or removed since: the compare-and-swap of the API server. */
export async function replace(api: Api, path: string, object: KubeObject): Promise<boolean> {
  return (await replaced(api, path, object)) !== undefined;
}

/** The object as it is then; undefined where what was read was changed or removed since. */
export async function replaced<T extends KubeObject>(api: Api, path: string, object: T): Promise<T | undefined> {
  try {
    return await api.call<T>(path, { method: 'PUT', body: object });
  } catch (error) {
    if (isStatus(error, 404, 409)) return undefined;
    throw error;
  }
}

/** Does nothing where it is gone. What it owns is removed as well. */
export async function remove(api: Api, path: string): Promise<void> {
  const body = { kind: 'DeleteOptions', apiVersion: 'v1', propagationPolicy: 'Background' };
  await api.call(path, { method: 'DELETE', body }).catch(undefinedIfMissing);
}

/** Makes the namespace if it is not there. Told apart from a refusal: who may not make one may still use it. */
export async function ensureNamespace(api: Api, name: string, labels: Readonly<Record<string, string>>): Promise<void> {
  const path = `/api/v1/namespaces/${encodeURIComponent(name)}`;
  if (await api.call(path).catch((error: unknown) => (isStatus(error, 403) ? {} : undefinedIfMissing(error)))) return;
  await create(api, '/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } });
}

export function encoded(text: string): string {
  return Buffer.from(text).toString('base64');
}

export function decoded(base64: string | undefined): string {
  return Buffer.from(base64 ?? '', 'base64').toString();
}
