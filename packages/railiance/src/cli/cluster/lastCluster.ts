import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import type { Home } from '../../config/home.ts';
import { assertName, type Target } from '../../domain/name.ts';
import { replaceDurably } from '../../files/durableFile.ts';
import type { Api } from '../../kubernetes/api.ts';
import { isStatus } from '../../kubernetes/apiError.ts';
import { type KubeObject, pathOf } from '../../kubernetes/objects.ts';

/** Known again by its uid: addresses and contexts are renamed, and two clusters may have the same. */
export interface ClusterIdentity {
  readonly uid: string;
  readonly server: string;
  readonly context: string;
}

/**
 * Undefined where this user may not see it.
 * https://kubernetes.io/docs/concepts/overview/working-with-objects/names/#uids: no other cluster has this namespace.
 */
export async function clusterIdentity(api: Api): Promise<ClusterIdentity | undefined> {
  const { address: server, context } = api.connection;
  try {
    const { metadata } = await api.call<KubeObject>(pathOf('namespaces', undefined, 'kube-system'));
    return metadata.uid === undefined ? undefined : { uid: metadata.uid, server, context };
  } catch (error) {
    if (isStatus(error, 403, 404)) return undefined;
    throw error;
  }
}

type Cache = Pick<Home, 'cache'>;

export function lastClusterFile({ cache }: Cache, { app, stage }: Target): string {
  return join(cache, 'clusters', `${assertName('app', app)}.${assertName('stage', stage)}.json`);
}

/** The cluster that this machine changed last for a target; undefined where it does not know. */
export async function lastCluster(home: Cache, target: Target): Promise<ClusterIdentity | undefined> {
  try {
    const known = JSON.parse(await readFile(lastClusterFile(home, target), 'utf8')) as ClusterIdentity;
    return typeof known.uid === 'string' ? known : undefined;
  } catch {
    return undefined;
  }
}

/** Without it a mistake is not noticed, and nothing else: so what stands in the way of writing is no failure. */
export async function rememberCluster(home: Cache, target: Target, identity: ClusterIdentity): Promise<void> {
  await replaceDurably(lastClusterFile(home, target), JSON.stringify(identity)).catch(() => {});
}
