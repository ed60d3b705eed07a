import type { Clock } from '../../../domain/clock.ts';
import { Failure } from '../../../domain/failure.ts';
import type { Api } from '../../../kubernetes/api.ts';
import { selectorOf } from '../../../kubernetes/labels.ts';
import { type KubeList, type KubeObject, pathOf, type Workload } from '../../../kubernetes/objects.ts';

const revision = 'deployment.kubernetes.io/revision';
const hashLabel = 'pod-template-hash';
const lookEveryMs = 100;
const seenWithinMs = 30_000;

/** The ReplicaSet of a Deployment's newest template, once its controller has made it. */
export async function newReplicaSet(
  api: Api,
  namespace: string,
  name: string,
  selector: Readonly<Record<string, string>>,
  clock: Clock,
  signal: AbortSignal,
): Promise<{ readonly hash: string; readonly replicas: number }> {
  const untilMs = clock.elapsedMs() + seenWithinMs;
  while (clock.elapsedMs() < untilMs) {
    const deployment = await api.call<Workload>(pathOf('deployments', namespace, name), { signal });
    const { generation = 0, annotations, uid } = deployment.metadata;
    if ((deployment.status?.observedGeneration ?? 0) >= generation) {
      const query = { labelSelector: selectorOf(selector) };
      const { items } = await api.call<KubeList<Workload>>(pathOf('replicasets', namespace), { query, signal });
      const newest = items.find(
        ({ metadata }) =>
          metadata.annotations?.[revision] === annotations?.[revision] &&
          metadata.ownerReferences?.some((owner) => owner.uid === uid),
      );
      const hash = newest?.metadata.labels?.[hashLabel];
      if (hash !== undefined) return { hash, replicas: deployment.spec?.replicas ?? 1 };
    }
    await clock.sleep(lookEveryMs, signal);
  }
  throw new Failure(`roll out ${name}`, `its controller did not take it up within ${seenWithinMs / 1000} s`);
}

export interface Rolled {
  /** Of the Deployment. */
  readonly name: string;
  readonly selector: Readonly<Record<string, string>>;
  /** Of the pods that stay. */
  readonly hash: string;
}

/** Every pod but the new ones is gone, those that were ending too: an answer is the new version's from here on. */
export async function untilOldGone(
  api: Api,
  namespace: string,
  { name, selector, hash }: Rolled,
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  const untilMs = clock.elapsedMs() + seenWithinMs;
  const query = { labelSelector: `${selectorOf(selector)},${hashLabel}!=${hash}` };
  while (clock.elapsedMs() < untilMs) {
    const [{ spec, status }, { items: old }] = await Promise.all([
      api.call<Workload>(pathOf('deployments', namespace, name), { signal }),
      api.call<KubeList<KubeObject>>(pathOf('pods', namespace), { query, signal }),
    ]);
    const wanted = spec?.replicas ?? 1;
    const isRolled = status?.updatedReplicas === wanted && (status.availableReplicas ?? 0) >= wanted;
    if (isRolled && old.length === 0) return;
    await clock.sleep(lookEveryMs, signal);
  }
}
