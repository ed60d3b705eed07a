import { selectorOf } from '../../../kubernetes/labels.ts';
import { asCached, type KubeList, type Pod, pathOf } from '../../../kubernetes/objects.ts';
import type { InstanceState, InstanceStatus, TargetStatus } from '../../engine.ts';
import { podTrouble } from '../rollout/podTrouble.ts';
import { isReady, podWords } from '../rollout/podWords.ts';
import type { InstanceEntry, TargetState } from '../state/targetState.ts';
import type { ClusterTools } from '../tools.ts';
import { podLabels } from './podLabels.ts';

export async function podsOf(
  { api }: Pick<ClusterTools, 'api'>,
  state: TargetState,
  entry: InstanceEntry,
): Promise<readonly Pod[]> {
  const query = { ...asCached, labelSelector: selectorOf(podLabels(state, entry)) };
  return (await api.call<KubeList<Pod>>(pathOf('pods', state.namespace), { query })).items;
}

/** Finds the pods of one instance, as `podsOf` does. */
export type FindPods = (state: TargetState, entry: InstanceEntry) => Promise<readonly Pod[]>;

export async function targetStatus(state: TargetState, url: string, find: FindPods): Promise<TargetStatus> {
  const look = async (entry: InstanceEntry) => instanceStatus(entry, await find(state, entry));
  const statuses = await Promise.all(state.instances.map(look));
  const active = statuses.find(({ id }) => id === state.active);
  return { ...(active && { active }), others: statuses.filter(({ id }) => id !== state.active), url };
}

function instanceStatus(entry: InstanceEntry, all: readonly Pod[]): InstanceStatus {
  // A Deployment of the app's own chart may have pods of another release: they are rolled to, or away.
  const digest = entry.image.split('@').at(-1) ?? entry.image;
  const isIts = ({ spec }: Pod) => !entry.selector || spec?.containers.some(({ image }) => image?.endsWith(digest));
  const pods = all.filter((pod) => pod.metadata.deletionTimestamp === undefined && isIts(pod));
  const restarts = pods
    .flatMap(({ status }) => status?.containerStatuses ?? [])
    .map(({ restartCount }) => restartCount);
  const trouble = pods.flatMap((pod) => podTrouble({ pod, events: [], image: entry.image }) ?? [])[0];
  const unready = pods.find((pod) => !isReady(pod));
  const ready = pods.filter(isReady).length;
  const state = entry.phase === 'leaving' ? 'stopping' : stateBy(ready >= entry.run.replicas, trouble !== undefined);
  const reason = trouble?.cause.summary ?? (unready ? podWords(unready) : 'it has no pod');
  return {
    id: entry.id,
    state,
    configDigest: entry.configDigest,
    runtime: 'kubernetes',
    restarts: Math.max(0, ...restarts),
    startedAt: entry.startedAt,
    ...(state === 'stopping' && { reason: 'it is being taken away; the next deploy goes on with that' }),
    ...((state === 'starting' || state === 'backing-off') && {
      reason: entry.run.replicas > 1 ? `${ready} of ${entry.run.replicas} ready; ${reason}` : reason,
    }),
  };
}

function stateBy(isReady: boolean, isInTrouble: boolean): InstanceState {
  if (isReady) return 'ready';
  return isInTrouble ? 'backing-off' : 'starting';
}
