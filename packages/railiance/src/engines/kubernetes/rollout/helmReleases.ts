import type { IngressFacts } from '../route/addresses.ts';
import { staying, type TargetState } from '../state/targetState.ts';
import type { ClusterTools } from '../tools.ts';
import { chartValues, type RouteKind } from '../values.ts';
import { type ApplyOptions, applyState, healRelease } from './apply.ts';
import { markKept } from './keepMark.ts';
import { type StandBy, standBy } from './standBy.ts';
import { tidy } from './tidy.ts';

/** What changes the Helm releases of targets by the built-in chart: one change of each at a time. */
export interface HelmReleases {
  /** Makes the cluster what the state says, and removes what else there is of the target. @throws Failure */
  apply(state: TargetState, options: Omit<ApplyOptions, 'routeKind'>): Promise<void>;
  /** Removes what there is of the target and is not to be; the rest Helm may remove again. */
  tidy(state: TargetState): Promise<void>;
  /** Looks whether a killed helm left the release half-made, and heals it, so that the next change of it need not look. */
  heal(state: TargetState): Promise<void>;
  /** Has Helm leave all but that instance alone when it takes them out of its release, until the next `tidy`. */
  keepOthers(state: TargetState, id: string): Promise<void>;
  /** Has a helm stand by for the `handOver` to that instance, where one can. Once for each instance. */
  standBy(state: TargetState, id: string, signal: AbortSignal): void;
  /** Sends it away. */
  standDown(state: TargetState, id: string): void;
  /**
   * Has Helm's release be the active instance alone, in the background, while the others go on running: the next `apply` of that
   * state has nothing left to do but to remove them. Resolves as soon as Helm does nothing of an earlier switch any more.
   */
  handOver(state: TargetState, signal: AbortSignal): Promise<void>;
  /** Runs alone among changes of the target's Helm release. */
  exclusively<T>(state: TargetState, work: () => Promise<T>): Promise<T>;
}

interface HandedOver {
  /** Of the chart, as text. */
  readonly values: string;
  readonly stop: AbortController;
}

export function createHelmReleases(tools: ClusterTools, ingress: () => Promise<IngressFacts>): HelmReleases {
  const { api, settings, states } = tools;
  const queue = createQueue();
  /** By release: what Helm is given while others still run, until the next change of it. */
  const handedOver = new Map<string, HandedOver>();
  /** Names of the instances that Helm leaves alone, as far as this process has seen to it. */
  const kept = new Set<string>();
  const standBys = new Map<string, StandBy>();
  /** Releases that are seen to be whole, and that no helm of this process has changed and not ended well since. */
  const whole = new Set<string>();
  const heal = async (state: TargetState) => {
    if (whole.has(keyOf(state))) return;
    await healRelease(tools, state);
    whole.add(keyOf(state));
  };
  /** @param standing what may do it at once */
  const change = async (state: TargetState, options: ApplyOptions, standing?: StandBy) => {
    await heal(state);
    whole.delete(keyOf(state));
    if (!(await standing?.go(valuesOf(state, options.routeKind), options.signal))) {
      // It may have been ended half-way.
      if (standing) await healRelease(tools, state);
      await applyState(tools, state, options);
    }
    whole.add(keyOf(state));
  };
  const valuesOf = (state: TargetState, route: RouteKind) => JSON.stringify(chartValues(state, settings, route));

  const releases: HelmReleases = {
    async apply(state, applying) {
      const key = keyOf(state);
      const { route } = await ingress();
      // Helm is just being told, and asks for nothing of what has to go: that can go meanwhile.
      if (handedOver.get(key)?.values === valuesOf(state, route)) await releases.tidy(state);
      await queue(key, async () => {
        applying.signal.throwIfAborted();
        // What was written since counts too: Helm always gets the newest.
        const newest = (await states.get(state)) ?? state;
        const knows = handedOver.get(key)?.values === valuesOf(newest, route);
        handedOver.delete(key);
        if (knows) return;
        await change(newest, { ...applying, routeKind: route });
        await releases.tidy(newest);
      });
    },

    async tidy(state) {
      await tidy(api, state, () => states.get(state));
      for (const { name } of staying(state)) kept.delete(name);
    },

    heal: (state) => queue(keyOf(state), () => heal(state)),

    async keepOthers(state, id) {
      const { route } = await ingress();
      const others = staying(state).filter((entry) => entry.id !== id && !kept.has(entry.name));
      await Promise.all(others.map((entry) => markKept(api, state, entry, route)));
      for (const { name } of others) kept.add(name);
    },

    standBy(state, id, signal) {
      const key = standByKey(state, id);
      if (tools.helmPlace.machine !== undefined || standBys.has(key)) return;
      standBys.set(key, standBy(tools, state, leadsTo(id), signal));
    },

    standDown(state, id) {
      const key = standByKey(state, id);
      standBys.get(key)?.end();
      standBys.delete(key);
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
      const standing = standBys.get(standByKey(state, state.active ?? ''));
      standBys.delete(standByKey(state, state.active ?? ''));
      const work = queue(key, async () => {
        await releases.keepOthers(state, state.active ?? '');
        const until = AbortSignal.any([signal, stop.signal]);
        await change(alone, { signal: until, description: leadsTo(state.active), routeKind: route }, standing);
      });
      // What did not come about is made up for by the next `apply`, which says what is wrong.
      work.catch(() => {
        if (handedOver.get(key)?.stop === stop) handedOver.delete(key);
      });
    },

    exclusively: (state, work) => queue(keyOf(state), work),
  };
  return releases;
}

/** For `helm history`. */
function leadsTo(id: string | null | undefined): string {
  return `railiance leads to ${id}`;
}

function standByKey(state: TargetState, id: string): string {
  return `${keyOf(state)} ${id}`;
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
