import { exitCodes, Failure } from '../../domain/failure.ts';
import { keptAnswer } from '../../domain/keptAnswer.ts';
import type { Target } from '../../domain/name.ts';
import { ensureNamespace } from '../../kubernetes/store.ts';
import type { EngineContext } from '../engine.ts';
import { putPullSecret } from './envSecret.ts';
import { type ApplyOptions, applyState, removeOrphans } from './rollout/apply.ts';
import { markKept } from './rollout/handOver.ts';
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
  /**
   * Has Helm's release be the active instance alone, in the background, while the others go on running: the next `apply` of that
   * state has nothing left to do but to remove them.
   */
  handOver(state: TargetState, signal: AbortSignal): void;
  /** Runs alone among changes of the target's Helm release. */
  exclusively<T>(state: TargetState, work: () => Promise<T>): Promise<T>;
  /** The namespace of an app's pods, and in it what they need for pulling. */
  prepareNamespace(namespace: string): Promise<void>;
  whileLeased(state: TargetState, context: EngineContext): Promise<Watched>;
  /** Takes an instance that did not get ready away again. Nothing where another run has taken over. */
  abandon(target: Target, id: string, context: EngineContext): Promise<void>;
}

function isLeaseLost({ aborted, reason }: AbortSignal): boolean {
  return aborted && reason instanceof Failure && reason.exitCode === exitCodes.leaseHeld;
}

const lookEveryMs = 1_000;

export function createCluster(options: ClusterOptions): Cluster {
  const { api, settings, clock } = options;
  const states = createStateStore(api, settings.state_namespace);
  const ended = createEndedStore(api, settings.state_namespace);
  const ingress = ingressFacts(api, settings);
  const queue = createQueue();
  /** By release: the values that Helm was last given while others still ran. */
  const handedOver = new Map<string, string>();

  const cluster: Cluster = {
    ...options,
    states,
    ended,
    ingress,
    version: keptAnswer(async () => (await api.call<{ readonly gitVersion: string }>('/version')).gitVersion),
    pullSecretName: 'railiance-pull',

    apply: (state, applying) =>
      queue(keyOf(state), async () => {
        applying.signal.throwIfAborted();
        // What was written since counts too: Helm always gets the newest.
        const newest = (await states.get(state)) ?? state;
        const { route } = await ingress();
        const knows = handedOver.get(keyOf(state)) === valuesOf(newest, route);
        handedOver.delete(keyOf(state));
        if (!knows) await applyState(cluster, newest, { ...applying, routeKind: route });
        await removeOrphans(api, newest);
      }),

    handOver(state, signal) {
      const work = queue(keyOf(state), async () => {
        const { route } = await ingress();
        const alone = { ...state, instances: state.instances.filter(({ id }) => id === state.active) };
        const others = staying(state).filter(({ id }) => id !== state.active);
        const mark = (kept: boolean) => Promise.all(others.map((entry) => markKept(api, state, entry, route, kept)));
        try {
          await mark(true);
          const description = `railiance leads to ${state.active}`;
          await applyState(cluster, alone, { signal, description, routeKind: route });
          handedOver.set(keyOf(state), valuesOf(alone, route));
        } finally {
          // Without the lease they are marks of whoever has it now.
          if (!signal.aborted) await mark(false);
        }
      });
      // What did not come about is made up for by the next `apply`, which says what is wrong.
      work.catch(() => {});
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

    async abandon(target, id, { fencing, signal }) {
      // Without the lease nothing more is written: who takes over finds what there is.
      if (isLeaseLost(signal)) return;
      const state = await states.change(target, fencing, (now) => now && withLeaving(now, id));
      if (!state) return;
      const signalOfUndo = AbortSignal.timeout(30_000);
      try {
        await cluster.apply(state, { signal: signalOfUndo, description: `railiance takes ${id} back` });
      } catch {
        // Whom the cluster refused the start it may refuse Helm's undo too; what was made can still be taken away, by whoever
        // has the lease: Helm may have taken longer than that.
        const newest = await states.change(target, fencing, (now) => now);
        if (newest) await cluster.exclusively(newest, () => removeOrphans(api, newest));
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
