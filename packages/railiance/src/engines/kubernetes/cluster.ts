import { exitCodes, Failure } from '../../domain/failure.ts';
import { keptAnswer } from '../../domain/keptAnswer.ts';
import type { Target } from '../../domain/name.ts';
import { ensureNamespace } from '../../kubernetes/store.ts';
import type { EngineContext } from '../engine.ts';
import { putPullSecret } from './envSecret.ts';
import { createHelmReleases, type HelmReleases } from './rollout/helmReleases.ts';
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
export interface Cluster extends ClusterTools, HelmReleases {
  readonly pullSecretName: string;
  /** Of the API server, asked once. @throws ApiError */
  version(): Promise<string>;
  ingress(): Promise<IngressFacts>;
  /**
   * The namespace of an app's pods, and in it what they need for pulling.
   * @param known whether it was seen to be there
   */
  prepareNamespace(namespace: string, known?: { readonly isThere: boolean }): Promise<void>;
  whileLeased(state: TargetState, context: EngineContext): Promise<Watched>;
  /** Takes an instance that did not get ready away again. Nothing where another run has taken over. */
  abandon(target: Target, id: string, context: EngineContext, known: { readonly toHelm: boolean }): Promise<void>;
}

function isLeaseLost({ aborted, reason }: AbortSignal): boolean {
  return aborted && reason instanceof Failure && reason.exitCode === exitCodes.leaseHeld;
}

function didWell(work: Promise<void>): Promise<boolean> {
  return work.then(
    () => true,
    () => false,
  );
}

const lookEveryMs = 1_000;

export function createCluster(options: ClusterOptions): Cluster {
  const { api, settings, clock } = options;
  const states = createStateStore(api, settings.state_namespace);
  const ended = createEndedStore(api, settings.state_namespace);
  const ingress = ingressFacts(api, settings);
  const tools = { ...options, states, ended };

  const cluster: Cluster = {
    ...tools,
    ...createHelmReleases(tools, ingress),
    ingress,
    version: keptAnswer(async () => (await api.call<{ readonly gitVersion: string }>('/version')).gitVersion),
    pullSecretName: 'railiance-pull',

    async prepareNamespace(namespace, known) {
      if (!known?.isThere) await ensureNamespace(api, namespace, {});
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
      const applying = { signal: AbortSignal.timeout(30_000), description: `railiance takes ${id} back` };
      const isUndone = known.toHelm && (await didWell(cluster.apply(state, applying)));
      // What Helm knows nothing of is taken away by name; so is what the cluster refuses Helm to undo, by whoever has the lease
      // then: Helm may have taken longer than that.
      const newest = isUndone ? undefined : await states.change(target, fencing, (now) => now);
      if (newest) await cluster.exclusively(newest, () => cluster.tidy(newest));
      await states.change(target, fencing, (now) => now && withoutEntry(now, id));
    },
  };
  return cluster;
}
