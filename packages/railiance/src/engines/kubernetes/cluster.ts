import { exitCodes, Failure } from '../../domain/failure.ts';
import { keptAnswer } from '../../domain/keptAnswer.ts';
import type { Target } from '../../domain/name.ts';
import { ensureNamespace } from '../../kubernetes/store.ts';
import type { EngineContext } from '../engine.ts';
import { putPullSecret } from './envSecret.ts';
import { type ApplyOptions, applyState } from './rollout/apply.ts';
import { type IngressFacts, ingressFacts } from './route/addresses.ts';
import { createEndedStore } from './state/endedStore.ts';
import { createStateStore, takenOver } from './state/stateStore.ts';
import { type TargetState, withLeaving, withoutEntry } from './state/targetState.ts';
import type { ClusterOptions, ClusterTools } from './tools.ts';

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
  /** One Helm at a time for each target. @throws Failure */
  apply(state: TargetState, options: Omit<ApplyOptions, 'routeKind'>): Promise<void>;
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

  const cluster: Cluster = {
    ...options,
    states,
    ended,
    ingress,
    version: keptAnswer(async () => (await api.call<{ readonly gitVersion: string }>('/version')).gitVersion),
    pullSecretName: 'railiance-pull',

    apply: (state, applying) =>
      queue(`${state.namespace}/${state.release}`, async () => {
        applying.signal.throwIfAborted();
        // What was written since counts too: Helm always gets the newest.
        const newest = (await states.get(state)) ?? state;
        await applyState(cluster, newest, { ...applying, routeKind: (await ingress()).route });
      }),

    exclusively: (state, work) => queue(`${state.namespace}/${state.release}`, work),

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
      await cluster.apply(state, { signal: signalOfUndo, description: `railiance takes ${id} back`, sweeps: true });
      await states.change(target, fencing, (now) => now && withoutEntry(now, id));
    },
  };
  return cluster;
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
