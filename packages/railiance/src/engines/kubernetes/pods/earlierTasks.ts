import { exitCodes, Failure } from '../../../domain/failure.ts';
import { targetLabel } from '../../../domain/name.ts';
import { labelOf, selectorOf } from '../../../kubernetes/labels.ts';
import { type KubeList, type KubeObject, type Pod, pathOf } from '../../../kubernetes/objects.ts';
import { remove } from '../../../kubernetes/store.ts';
import { watch } from '../../../kubernetes/watch.ts';
import type { TaskSpec } from '../../engine.ts';
import type { Cluster } from '../cluster.ts';
import type { TargetState } from '../state/targetState.ts';

/** Beyond what a process is given to end: the node's own work, and the news of it. */
const marginMs = 20_000;

/**
 * Ends the Jobs of runs before this one: their processes are dead, or this one could not hold the lease. What they run may go on
 * for as long as it is given to end; nothing begins beside it.
 * @throws Failure where it does not end
 */
export async function endEarlierTasks(
  { api }: Pick<Cluster, 'api'>,
  { app, stage, namespace }: TargetState,
  name: string,
  { run, signal }: Pick<TaskSpec, 'run'> & { readonly signal: AbortSignal },
): Promise<void> {
  const labelSelector = selectorOf({ [labelOf.kind]: 'task', [labelOf.app]: app, [labelOf.stage]: stage });
  const jobs = await api.call<KubeList<KubeObject>>(pathOf('jobs', namespace), { query: { labelSelector } });
  const others = jobs.items.filter(({ metadata }) => metadata.name !== name);
  await Promise.all(others.map(({ metadata }) => remove(api, pathOf('jobs', namespace, metadata.name))));
  const over = new AbortController();
  const patience = AbortSignal.timeout(run.stopTimeoutMs + marginMs);
  const query = { labelSelector: `${labelSelector},batch.kubernetes.io/job-name!=${name}` };
  const pods = pathOf('pods', namespace);
  const { items } = await api.call<KubeList<Pod>>(pods, { query });
  const left = new Set(items.filter(isAtWork).map(({ metadata }) => metadata.name));
  if (left.size === 0) return;
  try {
    for await (const { kind, object } of watch<Pod>(
      api,
      pods,
      query,
      AbortSignal.any([signal, over.signal, patience]),
    )) {
      if (kind === 'deleted' || !isAtWork(object)) left.delete(object.metadata.name);
      if (left.size === 0) return;
    }
  } finally {
    over.abort();
  }
  signal.throwIfAborted();
  throw new Failure(
    `run ${name} of ${targetLabel({ app, stage })}`,
    `${[...left].join(', ')} of an earlier run does not end`,
    {
      hint: `kubectl -n ${namespace} describe pod ${[...left][0]}`,
      exitCode: exitCodes.needsPerson,
    },
  );
}

function isAtWork({ status }: Pod): boolean {
  return status?.phase !== 'Succeeded' && status?.phase !== 'Failed';
}
