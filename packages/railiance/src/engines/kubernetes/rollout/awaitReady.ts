import type { RunSpec } from '../../../domain/app.ts';
import { type Target, targetLabel } from '../../../domain/name.ts';
import type { Progress } from '../../../domain/progress.ts';
import type { Cause } from '../../../domain/verdict.ts';
import type { Api } from '../../../kubernetes/api.ts';
import { type KubeEvent, type Pod, pathOf, type Workload } from '../../../kubernetes/objects.ts';
import { watch } from '../../../kubernetes/watch.ts';
import { controllerTrouble } from './controllerTrouble.ts';
import { podTrouble, type Trouble } from './podTrouble.ts';
import { isReady, podWords, runsSince } from './podWords.ts';
import { notReadyCause } from './probeWords.ts';
import { createSeenClock } from './seenClock.ts';

export interface Rollout {
  readonly target: Target;
  readonly namespace: string;
  /** Name of the workload: a Deployment. */
  readonly workload: string;
  /** It was made before this begins, and not by somebody who may make it again. */
  readonly isMade: boolean;
  /** Selects the pods that have to get ready, and no others. */
  readonly selector: string;
  readonly image: string;
  readonly run: RunSpec;
  /** Resolves as soon as a later lease is seen, with the error to throw. */
  readonly signal: AbortSignal;
  readonly progress: Progress;
  /** Hears of the pods that are to get ready, whenever something about one changed. */
  readonly onPods?: (live: readonly Pod[]) => void;
}

export type RolloutEnd =
  | { readonly ready: true; readonly readyMs: number; readonly pods: readonly Pod[] }
  | {
      readonly ready: false;
      readonly cause: Cause;
      readonly pods: readonly Pod[];
      readonly events: readonly KubeEvent[];
    };

/** What is only on its way may hold a rollout up for so long: scheduling, mounting, a registry that answers badly. */
const patienceMs = 8_000;
/** For a pull, and for a queue at the node. */
const beforeRunningMs = 300_000;
/** The kubelet's word on a failed probe follows the probe. */
const probeWordsMs = 1_500;
const ticksMs = 250;
/** Somebody may put it there again; and where another run has taken over, that is to be said first. */
const removedMs = 4_000;

/**
 * Watches pods, their Deployment and events until enough pods are ready, or it is known why they will not be.
 * @throws the signal's reason; ApiError where the cluster cannot be watched
 */
export async function awaitReady(api: Api, rollout: Rollout): Promise<RolloutEnd> {
  const { namespace, workload, selector, signal } = rollout;
  const ended = new AbortController();
  const stop = AbortSignal.any([signal, ended.signal]);
  const clock = createSeenClock();
  const view = createView(rollout, clock.nowMs);
  const { promise, resolve, reject } = Promise.withResolvers<RolloutEnd>();
  const look = () => {
    const end = view.look();
    if (end) resolve(end);
  };
  const onAbort = () => reject(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  if (signal.aborted) onAbort();
  const timer = setInterval(look, ticksMs);
  const pods = watch<Pod>(api, pathOf('pods', namespace), { labelSelector: selector }, stop, clock.sight());
  const onSight = clock.sight();
  const workloads = watch<Workload>(
    api,
    pathOf('deployments', namespace),
    { fieldSelector: `metadata.name=${workload}` },
    stop,
    (sees) => {
      onSight(sees);
      if (sees) view.workloadSeen();
    },
  );
  const events = watch<KubeEvent>(api, pathOf('events', namespace), {}, stop, clock.sight());
  const follow = async <T>(changes: AsyncGenerator<T>, take: (change: T) => void) => {
    for await (const change of changes) {
      take(change);
      look();
    }
  };
  void Promise.all([follow(pods, view.pod), follow(workloads, view.workload), follow(events, view.event)]).catch(
    reject,
  );
  try {
    return await promise;
  } finally {
    clearInterval(timer);
    signal.removeEventListener('abort', onAbort);
    ended.abort();
  }
}

type Take<T> = (change: { readonly kind: string; readonly object: T }) => void;

interface View {
  readonly pod: Take<Pod>;
  readonly workload: Take<Workload>;
  /** All that is there of it was told. */
  readonly workloadSeen: () => void;
  readonly event: Take<KubeEvent>;
  readonly look: () => RolloutEnd | undefined;
}

/** @param seenMs a clock that stands still while nothing is seen */
function createView(
  { target, workload: name, isMade, image, run, progress, onPods }: Rollout,
  seenMs: () => number,
): View {
  const began = performance.now();
  const beganSeenMs = seenMs();
  const pods = new Map<string, Pod>();
  const words = new Map<string, string>();
  const events: KubeEvent[] = [];
  let workload: Workload | undefined;
  let isGone = false;
  let runningSinceMs: number | undefined;
  let troubledSinceMs: number | undefined;

  const say = (pod: Pod) => {
    const now = podWords(pod);
    if (words.get(pod.metadata.name) === now) return;
    words.set(pod.metadata.name, now);
    progress({ kind: 'note', text: `${pod.metadata.name}: ${now}` });
  };
  const eventsOf = ({ metadata }: Pod) => events.filter(({ involvedObject }) => involvedObject.uid === metadata.uid);

  function trouble(live: readonly Pod[]): Trouble | undefined {
    for (const pod of live) {
      const found = podTrouble({ pod, events: eventsOf(pod), image });
      if (found) return found;
    }
    if (isGone) return { cause: removedCause(name), final: false, patienceMs: removedMs };
    return controllerTrouble(workload?.status?.conditions ?? []);
  }

  function verdict(live: readonly Pod[], nowMs: number): Cause | undefined {
    const found = trouble(live);
    if (found?.final) return found.cause;
    troubledSinceMs = found ? (troubledSinceMs ?? nowMs) : undefined;
    if (found && nowMs - (troubledSinceMs ?? nowMs) >= (found.patienceMs ?? patienceMs)) return found.cause;
    if (runningSinceMs === undefined && live.some((pod) => runsSince(pod) !== undefined)) runningSinceMs = nowMs;
    if (runningSinceMs === undefined) {
      if (nowMs - beganSeenMs < beforeRunningMs) return undefined;
      const summary = `${targetLabel(target)} did not begin to run within ${beforeRunningMs / 1000} s`;
      return found?.cause ?? { name: 'engine', summary };
    }
    const waitedMs = nowMs - runningSinceMs;
    if (waitedMs < run.startTimeoutMs) return undefined;
    const mine = live.flatMap(eventsOf);
    const told = mine.some(({ reason }) => reason === 'Unhealthy');
    if (!told && waitedMs < run.startTimeoutMs + probeWordsMs) return undefined;
    return notReadyCause(mine, run, run.startTimeoutMs);
  }

  const liveOnes = () => [...pods.values()].filter(({ metadata }) => metadata.deletionTimestamp === undefined);

  return {
    pod: ({ kind, object }) => {
      if (kind === 'deleted') pods.delete(object.metadata.name);
      else pods.set(object.metadata.name, object);
      if (kind !== 'deleted') say(object);
      onPods?.(liveOnes());
    },
    workload: ({ kind, object }) => {
      workload = object;
      isGone = kind === 'deleted';
    },
    workloadSeen: () => {
      isGone ||= isMade && workload === undefined;
    },
    event: ({ object }) => void events.push(object),
    look: () => {
      const live = liveOnes();
      const ready = live.filter(isReady);
      if (ready.length >= run.replicas) return { ready: true, readyMs: performance.now() - began, pods: ready };
      const cause = verdict(live, seenMs());
      return cause && { ready: false, cause, pods: live, events: live.flatMap(eventsOf) };
    },
  };
}

function removedCause(name: string): Cause {
  return {
    name: 'engine',
    summary: `somebody removed the Deployment ${name} while it started`,
    hint: 'see in the audit log of the cluster who did, then deploy again',
  };
}
