import { assertName, type Target } from '../domain/name.ts';
import type { Api } from './api.ts';
import { isStatus } from './apiError.ts';
import { labelOf } from './labels.ts';
import { type KubeObject, pathOf, type Resource, type SecretObject } from './objects.ts';
import { created, ensureNamespace } from './store.ts';

/** Objects of a stage's records: one namespace of the stage's cluster, names that begin with app and stage. */
export interface RecordPlace {
  readonly api: Api;
  readonly namespace: string;
}

/** Neither name holds a dot, so that no two targets share one. */
export function recordName({ app, stage }: Target, ...rest: readonly string[]): string {
  return [assertName('app', app), assertName('stage', stage), ...rest].join('.');
}

export function recordLabels(kind: string, { app, stage }: Target): Record<string, string> {
  return { [labelOf.kind]: kind, [labelOf.app]: app, [labelOf.stage]: stage };
}

/** Creates an object of the records; the namespace too, where it is the first. False where there is one of that name. */
export async function createRecord(place: RecordPlace, resource: Resource, object: KubeObject): Promise<boolean> {
  return (await createdRecord(place, resource, object)) !== undefined;
}

/** As `createRecord`, for who goes on with the object as it came to be. Undefined where there is one of that name. */
export async function createdRecord<T extends KubeObject>(
  { api, namespace }: RecordPlace,
  resource: Resource,
  object: T,
): Promise<T | undefined> {
  const path = pathOf(resource, namespace);
  try {
    return await created(api, path, object);
  } catch (error) {
    if (!isStatus(error, 404)) throw error;
    await ensureNamespace(api, namespace, { [labelOf.kind]: 'records' });
    return await created(api, path, object);
  }
}

/** Creates a Secret of the records that nobody changes any more. False where there is one of that name. */
export async function createKeptSecret(
  place: RecordPlace,
  metadata: KubeObject['metadata'],
  data: Readonly<Record<string, string>>,
): Promise<boolean> {
  const object: SecretObject = { apiVersion: 'v1', kind: 'Secret', metadata, immutable: true, data };
  return await createRecord(place, 'secrets', object);
}
