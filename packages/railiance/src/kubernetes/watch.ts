import { createInterface } from 'node:readline';

import type { Api, Query } from './api.ts';
import { ApiError, isStatus } from './apiError.ts';
import type { KubeList, KubeObject } from './objects.ts';

interface WatchEvent<T> {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR';
  readonly object: T;
}

export interface Change<T> {
  /** `listed` for what was there when the watch began, or began anew. */
  readonly kind: 'listed' | 'changed' | 'deleted';
  readonly object: T;
}

export type OnSight = (sees: boolean) => void;

/** The server ends each watch after this long; it is begun anew where it ended. */
const watchSeconds = 290;

/**
 * What a list holds, then each change of it, until the signal is aborted. Where the server has forgotten the place (410), or
 * the connection breaks, the list is read again: whatever went missing in between is told as deleted.
 * @param onSight hears when changes are seen, and when for a while they are not
 * @throws ApiError where the list is refused, or the server stays away for longer than one call is tried again
 */
export async function* watch<T extends KubeObject>(
  api: Api,
  path: string,
  query: Query,
  signal: AbortSignal,
  onSight: OnSight = () => undefined,
): AsyncGenerator<Change<T>> {
  const known = new Map<string, T>();
  while (!signal.aborted) {
    const list = await api.call<KubeList<T>>(path, { query, signal }).catch(ignoreAbort(signal));
    if (!list) return;
    const there = new Set(list.items.map(keyOf));
    for (const [key, object] of known) {
      if (there.has(key)) continue;
      known.delete(key);
      yield { kind: 'deleted', object };
    }
    for (const object of list.items) {
      known.set(keyOf(object), object);
      yield { kind: 'listed', object };
    }
    yield* follow<T>(api, path, {
      ...{ query, resourceVersion: list.metadata.resourceVersion ?? '', known, signal, onSight },
    });
  }
}

interface Place<T> {
  readonly query: Query;
  readonly resourceVersion: string;
  readonly known: Map<string, T>;
  readonly signal: AbortSignal;
  readonly onSight: OnSight;
}

/** Ends where the list has to be read again. */
async function* follow<T extends KubeObject>(api: Api, path: string, place: Place<T>): AsyncGenerator<Change<T>> {
  const { query, known, signal, onSight } = place;
  let { resourceVersion } = place;
  while (!signal.aborted) {
    const asked = { ...query, watch: true, resourceVersion, allowWatchBookmarks: true, timeoutSeconds: watchSeconds };
    const broken = new AbortController();
    const response = await api
      .stream(path, { query: asked, signal: AbortSignal.any([signal, broken.signal]) })
      .catch((error: unknown) => {
        if (signal.aborted || isStatus(error, 0, 410, 429, 500, 503, 504)) return undefined;
        throw error;
      });
    if (!response) return;
    onSight(true);
    try {
      for await (const line of createInterface(response)) {
        const { type, object } = JSON.parse(line) as WatchEvent<T>;
        if (type === 'ERROR') return;
        resourceVersion = object.metadata.resourceVersion ?? resourceVersion;
        if (type === 'BOOKMARK') continue;
        if (type === 'DELETED') known.delete(keyOf(object));
        else known.set(keyOf(object), object);
        yield { kind: type === 'DELETED' ? 'deleted' : 'changed', object };
      }
    } catch (error) {
      if (!signal.aborted && error instanceof ApiError && error.status !== 0) throw error;
      return;
    } finally {
      onSight(false);
      broken.abort();
      response.destroy();
    }
  }
}

function keyOf({ metadata }: KubeObject): string {
  return metadata.uid ?? `${metadata.namespace}/${metadata.name}`;
}

function ignoreAbort(signal: AbortSignal): (error: unknown) => undefined {
  return (error) => {
    if (!signal.aborted) throw error;
  };
}
