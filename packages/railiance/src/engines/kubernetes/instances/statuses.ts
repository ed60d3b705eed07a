import type { Target } from '../../../domain/name.ts';
import { isStatus } from '../../../kubernetes/apiError.ts';
import { labelOf, selectorOf } from '../../../kubernetes/labels.ts';
import { asCached, type KubeList, type Pod, pathOf } from '../../../kubernetes/objects.ts';
import type { TargetStatus } from '../../engine.ts';
import type { Cluster } from '../cluster.ts';
import { publicRoute } from '../route/addresses.ts';
import type { TargetState } from '../state/targetState.ts';
import { type FindPods, podsOf, targetStatus } from './status.ts';

export interface TargetSeen {
  readonly target: Target;
  readonly status: TargetStatus;
}

/**
 * Every target of a stage: one list of what is to be and one of all pods, however many there are. Only pods of an app's
 * own chart, which have no label of ours, are asked for on their own.
 */
export async function stageStatuses(cluster: Cluster, stage: string): Promise<readonly TargetSeen[]> {
  const { api, states, settings } = cluster;
  const [all, ingress] = await Promise.all([states.all(stage), cluster.ingress()]);
  const pods = byInstance(await podsOfStage(cluster, stage, all));
  const find: FindPods = async (state, entry) =>
    entry.selector ? await podsOf({ api }, state, entry) : (pods.get(keyOf(state.app, entry.id)) ?? []);
  return await Promise.all(
    all.map(async (state) => {
      const { url } = await publicRoute(state, settings, ingress);
      return { target: { app: state.app, stage }, status: await targetStatus(state, url, find) };
    }),
  );
}

/** Of all namespaces at once, where that is allowed. */
async function podsOfStage(
  { api }: Pick<Cluster, 'api'>,
  stage: string,
  all: readonly TargetState[],
): Promise<readonly Pod[]> {
  const query = { ...asCached, labelSelector: `${selectorOf({ [labelOf.stage]: stage })},${labelOf.instance}` };
  const list = async (namespace?: string) =>
    (await api.call<KubeList<Pod>>(pathOf('pods', namespace), { query })).items;
  const namespaces = [...new Set(all.map(({ namespace }) => namespace))];
  const each = async () => (await Promise.all(namespaces.map(list))).flat();
  if (namespaces.length <= 1) return await each();
  return await list().catch((error: unknown) => {
    if (isStatus(error, 403)) return each();
    throw error;
  });
}

function byInstance(pods: readonly Pod[]): ReadonlyMap<string, readonly Pod[]> {
  return Map.groupBy(pods, ({ metadata: { labels } }) =>
    keyOf(labels?.[labelOf.app] ?? '', labels?.[labelOf.instance] ?? ''),
  );
}

function keyOf(app: string, instance: string): string {
  return `${app}/${instance}`;
}
