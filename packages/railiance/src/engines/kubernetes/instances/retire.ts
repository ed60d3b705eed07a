import type { Target } from '../../../domain/name.ts';
import { selectorOf } from '../../../kubernetes/labels.ts';
import { type ContainerStatus, type Pod, pathOf } from '../../../kubernetes/objects.ts';
import { watch } from '../../../kubernetes/watch.ts';
import type { EngineContext, RetireOptions, StopReport } from '../../engine.ts';
import type { Cluster } from '../cluster.ts';
import { pruneCopies, redactorOf } from '../envSecret.ts';
import { bringBack } from '../ownChart/bringBack.ts';
import { podEvidence } from '../rollout/evidence.ts';
import {
  entryOf,
  type InstanceEntry,
  staying,
  type TargetState,
  withLeaving,
  withoutEntry,
} from '../state/targetState.ts';
import { podLabels } from './podLabels.ts';
import { podsOf } from './status.ts';

const nothingRan: StopReport = { exitCode: null, signal: null, clean: true, durationMs: 0 };
/** Beyond what the app is given to end: the node's own work, and the news of it. */
const marginMs = 20_000;
const killed = 137;

/** Takes an instance away: its last lines are kept, then nothing of it runs. */
export async function retireInstance(
  cluster: Cluster,
  target: Target,
  id: string,
  context: EngineContext,
  { leave = false }: RetireOptions = {},
): Promise<StopReport> {
  const { states, clock } = cluster;
  const before = await states.change(target, context.fencing, (now) => now);
  const entry = entryOf(before, id);
  if (!before || !entry) return nothingRan;
  // The app's own chart has one Deployment: what it rolled away is gone, what it was rolling to is rolled back, and what serves
  // is taken away as a whole.
  if (entry.selector && before.active !== id) {
    if (entry.phase === 'starting') {
      await cluster.exclusively(before, () => bringBack(cluster, before, entry, context.signal));
    }
    await states.change(target, context.fencing, (now) => now && withoutEntry(now, id));
    return nothingRan;
  }
  cluster.standDown(before, id);
  const pods = await podsOf(cluster, before, entry);
  const began = clock.elapsedMs();
  // A start that was cut off early may have no pod: then there is no end to wait for.
  const waits = !leave && pods.length > 0;
  const gone = waits ? untilGone(cluster, before, entry, context.signal) : Promise.resolve(undefined);
  gone.catch(() => {});
  const [state] = await Promise.all([
    states.change(target, context.fencing, (now) => now && withLeaving(now, id)),
    keepLastWords(cluster, before, entry, pods),
  ]);
  const pruned = pruneSecrets(cluster, state as TargetState).catch(() => {});
  await cluster.apply(state as TargetState, { signal: context.signal, description: `railiance stops ${id}` });
  await states.change(target, context.fencing, (now) => now && withoutEntry(now, id));
  const [ended] = await Promise.all([gone, pruned]);
  if (leave && pods.length > 0) return { ...nothingRan, durationMs: clock.elapsedMs() - began, left: true };
  const exitCode = ended?.exitCode ?? null;
  const signal = exitCode === killed ? 'SIGKILL' : null;
  return { exitCode, signal, clean: exitCode !== killed, durationMs: clock.elapsedMs() - began };
}

/** Copies of what the stage keeps no longer, and of what nothing runs with. */
async function pruneSecrets({ api, secrets }: Cluster, state: TargetState): Promise<void> {
  const kept = [...(await secrets.versions(state)), ...staying(state).map(({ secretsVersion }) => secretsVersion)];
  await pruneCopies(api, state, new Set(kept));
}

/** Once its pods are gone, so are their logs. */
async function keepLastWords(
  cluster: Cluster,
  state: TargetState,
  entry: InstanceEntry,
  pods: readonly Pod[],
): Promise<void> {
  const { api, ended, clock, secrets } = cluster;
  const values = await secrets.get(state, entry.secretsVersion).catch(() => ({}));
  const evidence = await podEvidence(api, pods, [], redactorOf(values), entry.container);
  await ended
    .put(state, { id: entry.id, at: clock.now().toISOString(), reason: 'it was retired', evidence })
    .catch(() => {});
}

type Ended = NonNullable<NonNullable<ContainerStatus['state']>['terminated']>;

/** Watches the instance's pods until the last one is gone; how the app's own container ended, where that was seen. */
async function untilGone(
  { api }: Cluster,
  state: TargetState,
  entry: InstanceEntry,
  signal: AbortSignal,
): Promise<Ended | undefined> {
  const { run, container = 'app' } = entry;
  const labelSelector = selectorOf(podLabels(state, entry));
  const over = new AbortController();
  const patience = AbortSignal.timeout(run.stopTimeoutMs + marginMs);
  const stop = AbortSignal.any([signal, over.signal, patience]);
  const left = new Set<string>();
  const ends: Ended[] = [];
  let known = false;
  try {
    for await (const { kind, object } of watch<Pod>(api, pathOf('pods', state.namespace), { labelSelector }, stop)) {
      const ended = object.status?.containerStatuses?.find(({ name }) => name === container)?.state?.terminated;
      if (ended) ends.push(ended);
      if (kind === 'deleted') left.delete(object.metadata.name);
      else left.add(object.metadata.name);
      known = true;
      if (known && left.size === 0) break;
    }
  } finally {
    over.abort();
  }
  signal.throwIfAborted();
  return ends.find(({ exitCode }) => exitCode === killed) ?? ends.at(-1);
}
