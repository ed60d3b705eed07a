import { exitCodes, Failure } from '../../domain/failure.ts';
import { keptAnswer } from '../../domain/keptAnswer.ts';
import type { Target } from '../../domain/name.ts';
import { ensureNamespace } from '../../kubernetes/store.ts';
import type { EngineContext } from '../engine.ts';
import { putPullSecret } from './envSecret.ts';
import { type ApplyOptions, applyState } from './rollout/apply.ts';
import { markKept } from './rollout/handOver.ts';
import { tidy } from './rollout/tidy.ts';
import { type IngressFacts, ingressFacts } from './route/addresses.ts';
import { createEndedStore } from './state/endedStore.ts';
import { createStateStore, takenOver } from './state/stateStore.ts';
import { staying, type TargetState, withLeaving, withoutEntry } from './state/targetState.ts';
import type { ClusterOptions, ClusterTools } from './tools.ts';
import { chartValues, type RouteKind } from './values.ts';

/** The signal of a change that ends by itself when a later lease is seen. */
export interface Watched {
  readonly signal: AbortSignal;
  end(): void;
}

/** What the parts of this engine share. */
export interface Cluster extends ClusterTools {
  readonly pullSecretName: string;
  /** Of the API server, asked once. @throws ApiError */
  version(): Promise<string>;
  ingress(): Promise<IngressFacts>;
  /**
   * Makes the cluster what the state says, and removes what else there is of the target. One Helm at a time for each target.
   * @throws Failure
   */
  apply(state: TargetState, options: Omit<ApplyOptions, 'routeKind'>): Promise<void>;
  /** Removes what there is of the target and is not to be; the rest Helm may remove again. */
  tidy(state: TargetState): Promise<void>;
  /** Has Helm leave all but that instance alone when it takes them out of its release, until the next `tidy`. */
  keepOthers(state: TargetState, id: string): Promise<void>;
  /**
   * Has Helm's release be the active instance alone, in the background, while the others go on running: the next `apply` of that
   * state has nothing left to do but to remove them. Resolves as soon as Helm does nothing of an earlier switch any more.
   */
  handOver(state: TargetState, signal: AbortSignal): Promise<void>;
  /** Runs alone among changes of the target's Helm release. */
  exclusively<T>(state: TargetState, work: () => Promise<T>): Promise<T>;
  /** The namespace of an app's pods, and in it what they need for pulling. */
  prepareNamespace(namespace: string): Promise<void>;
  whileLeased(state: TargetState, context: EngineContext): Promise<Watched>;
  /** Takes an instance that did not get ready away again. Nothing where another run has taken over. */
  abandon(target: Target, id: string, context: EngineContext, known: { readonly toHelm: boolean }): Promise<void>;
}

function isLeaseLost({ aborted, reason }: AbortSignal): boolean {
  return aborted && reason instanceof Failure && reason.exitCode === exitCodes.leaseHeld;
}

interface HandedOver {
  /** Of the chart, as text. */
  readonly values: string;
  readonly stop: AbortController;
}

const lookEveryMs = 1_000;

export function createCluster(options: ClusterOptions): Cluster {
  const { api, settings, clock } = options;
  const states = createStateStore(api, settings.state_namespace);
  const ended = createEndedStore(api, settings.state_namespace);
  const ingress = ingressFacts(api, settings);
  const queue = createQueue();
  /** By release: what Helm is given while others still run, until the next change of it. */
  const handedOver = new Map<string, HandedOver>();
  /** Names of the instances that Helm leaves alone, as far as this process has seen to it. */
  const kept = new Set<string>();

  const cluster: Cluster = {
    ...options,
    states,
    ended,
    ingress,
    version: keptAnswer(async () => (await api.call<{ readonly gitVersion: string }>('/version')).gitVersion),
    pullSecretName: 'railiance-pull',

    async tidy(state) {
      await tidy(api, state);
      for (const { name } of staying(state)) kept.delete(name);
    },

    async apply(state, applying) {
      const { route } = await ingress();
      // Helm is just being told, and asks for nothing of what has to go: that can go meanwhile.
      if (handedOver.get(keyOf(state))?.values === valuesOf(state, route)) await cluster.tidy(state);
      await queue(keyOf(state), async () => {
        applying.signal.throwIfAborted();
        // What was written since counts too: Helm always gets the newest.
        const newest = (await states.get(state)) ?? state;
        const knows = handedOver.get(keyOf(state))?.values === valuesOf(newest, route);
        handedOver.delete(keyOf(state));
        if (knows) return;
        await applyState(cluster, newest, { ...applying, routeKind: route });
        await cluster.tidy(newest);
      });
    },

    async keepOthers(state, id) {
      const { route } = await ingress();
      const others = staying(state).filter((entry) => entry.id !== id && !kept.has(entry.name));
      await Promise.all(others.map((entry) => markKept(api, state, entry, route, true)));
      for (const { name } of others) kept.add(name);
    },

    async handOver(state, signal) {
      const key = keyOf(state);
      const { route } = await ingress();
      const alone = { ...state, instances: state.instances.filter(({ id }) => id === state.active) };
      const values = valuesOf(alone, route);
      const before = handedOver.get(key);
      if (before?.values === values) return;
      // It would lead the route to where that switch led it.
      before?.stop.abort();
      await queue(key, async () => {});
      const stop = new AbortController();
      handedOver.set(key, { values, stop });
      const work = queue(key, async () => {
        await cluster.keepOthers(state, state.active ?? '');
        const description = `railiance leads to ${state.active}`;
        const applying = { signal: AbortSignal.any([signal, stop.signal]), description, routeKind: route };
        await applyState(cluster, alone, applying);
      });
      // What did not come about is made up for by the next `apply`, which says what is wrong.
      work.catch(() => {
        if (handedOver.get(key)?.stop === stop) handedOver.delete(key);
      });
    },

    exclusively: (state, work) => queue(keyOf(state), work),

    async prepareNamespace(namespace) {
      await ensureNamespace(api, namespace, {});
      const credentials = await options.pullCredentials?.();
      if (credentials) await putPullSecret(api, namespace, settings.pull_secret ?? cluster.pullSecretName, credentials);
    },

    async whileLeased(state, { fencing, signal }) {
      const taken = new AbortController();
      const over = new AbortController();
      const look = async () => {
        while (!over.signal.aborted) {
          await clock.sleep(lookEveryMs, over.signal);
          const seen = (await states.get(state).catch(() => undefined))?.fencing ?? 0;
          if (seen > fencing) taken.abort(takenOver(state, fencing, seen));
        }
      };
      look().catch(() => {});
      return { signal: AbortSignal.any([signal, taken.signal]), end: () => over.abort() };
    },

    async abandon(target, id, { fencing, signal }, known) {
      // Without the lease nothing more is written: who takes over finds what there is.
      if (isLeaseLost(signal)) return;
      const state = await states.change(target, fencing, (now) => now && withLeaving(now, id));
      if (!state) return;
      const signalOfUndo = AbortSignal.timeout(30_000);
      try {
        if (known.toHelm)
          await cluster.apply(state, { signal: signalOfUndo, description: `railiance takes ${id} back` });
        else await cluster.exclusively(state, () => cluster.tidy(state));
      } catch {
        // Whom the cluster refused the start it may refuse Helm's undo too; what was made can still be taken away, by whoever
        // has the lease: Helm may have taken longer than that.
        const newest = await states.change(target, fencing, (now) => now);
        if (newest) await cluster.exclusively(newest, () => cluster.tidy(newest));
      }
      await states.change(target, fencing, (now) => now && withoutEntry(now, id));
    },
  };
  return cluster;

  function valuesOf(state: TargetState, route: RouteKind): string {
    return JSON.stringify(chartValues(state, settings, route));
  }
}

/** One Helm release is changed by one at a time. */
function keyOf({ namespace, release }: TargetState): string {
  return `${namespace}/${release}`;
}

/** Runs work of the same name one after the other. */
function createQueue(): <T>(name: string, work: () => Promise<T>) => Promise<T> {
  const last = new Map<string, Promise<unknown>>();
  return (name, work) => {
    const next = (last.get(name) ?? Promise.resolve()).then(work, work);
    last.set(name, next);
    return next;
  };
}
