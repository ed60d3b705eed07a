import type { Api } from '../../kubernetes/api.ts';
import { asCached, type KubeList, type Node, pathOf } from '../../kubernetes/objects.ts';

/** A node, with what keeps pods off it. */
export interface ClusterNode extends Node {
  readonly spec?: {
    readonly unschedulable?: boolean;
    readonly taints?: readonly { readonly key: string; readonly effect: string }[];
  };
}

/** Every node that was not set aside by `kubectl cordon`. */
export async function listNodes(api: Api, signal: AbortSignal) {
  const { items } = await api.call<KubeList<ClusterNode>>(pathOf('nodes'), { query: asCached, signal });
  const open = items.filter(({ spec }) => !spec?.unschedulable);
  return { open, cordoned: items.length - open.length };
}

export function conditionOf({ status }: ClusterNode, type: string) {
  return status?.conditions?.find((condition) => condition.type === type);
}

/** Ready, and without a taint that keeps an ordinary pod off. */
export function takesPods(node: ClusterNode): boolean {
  const keepsOff = (node.spec?.taints ?? []).some(({ effect }) => effect === 'NoSchedule' || effect === 'NoExecute');
  return conditionOf(node, 'Ready')?.status === 'True' && !keepsOff;
}
