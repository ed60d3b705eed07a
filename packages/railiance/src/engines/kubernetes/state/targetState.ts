import type { RunSpec } from '../../../domain/app.ts';
import type { Target } from '../../../domain/name.ts';

export const stateSchema = 'railiance.cluster-target.v1';

/** One copy of the app as the chart is to render it. Plain JSON, without secrets. */
export interface InstanceEntry {
  readonly id: string;
  /** Of its Deployment, Service and route. */
  readonly name: string;
  /** Number of the lease under which it was started. */
  readonly fencing: number;
  /**
   * `starting` until it was seen ready once: what a run that died left in this phase may be taken away. `leaving` from when it is
   * not to be any more until it was seen taken away: whoever comes next goes on with that.
   */
  readonly phase: 'starting' | 'ready' | 'leaving';
  readonly startedAt: string;
  /** What is pulled, with its manifest digest. */
  readonly image: string;
  readonly configDigest: string;
  readonly secretsVersion: string;
  /** Secret of the app's namespace that holds the environment; null where there is none. */
  readonly secretName: string | null;
  readonly env: Readonly<Record<string, string>>;
  readonly run: RunSpec;
  /** Of the image: what fills volumes; absent: `sh`. */
  readonly filler?: 'node';
  readonly labels: Readonly<Record<string, string>>;
  /** Of the app's own values files, where the chart is the built-in one. */
  readonly values?: Readonly<Record<string, unknown>>;
  /** By a chart of the app's own: selects its pods, which have no label of ours. */
  readonly selector?: Readonly<Record<string, string>>;
  /** Container that runs the app; absent: `app`. */
  readonly container?: string;
  /** Says whether another release is the very same, and Helm's revision of this one, for bringing it back. */
  readonly key?: string;
  readonly revision?: number;
  /** Of one that is on its way: Helm's revision to return to; null where there was none, absent until Helm begins. */
  readonly back?: number | null;
  /** Secrets of a fixed name that are written for it. */
  readonly fixedSecrets?: readonly string[];
}

/** What one app on one stage is to be: written before anything is changed, so that the next process knows. */
export interface TargetState extends Target {
  readonly schema: typeof stateSchema;
  /** Highest lease number seen. */
  readonly fencing: number;
  readonly namespace: string;
  /** Name of the Helm release. */
  readonly release: string;
  readonly host: string;
  readonly instances: readonly InstanceEntry[];
  /** Instance that the public route leads to. */
  readonly active: string | null;
  /** When the route was last led to another instance, by the clock of whoever did it. */
  readonly activatedAt?: string;
  /** Chart of the app's own, as app.toml names it; absent: the built-in one. */
  readonly chart?: string;
  /** With such a chart: what served before, as far as Helm still has its revision. */
  readonly past?: readonly InstanceEntry[];
}

export function entryOf(state: TargetState | undefined, id: string): InstanceEntry | undefined {
  return state?.instances.find((entry) => entry.id === id);
}

export function withEntry(state: TargetState, entry: InstanceEntry): TargetState {
  return { ...state, instances: [...state.instances.filter(({ id }) => id !== entry.id), entry] };
}

/** It is to be taken away, and serves no more. */
export function withLeaving(state: TargetState, id: string): TargetState {
  const active = state.active === id ? null : state.active;
  const mark = (entry: InstanceEntry) => (entry.id === id ? ({ ...entry, phase: 'leaving' } as const) : entry);
  return { ...state, active, instances: state.instances.map(mark) };
}

/** Instances that are to be on the cluster. */
export function staying({ instances }: TargetState): readonly InstanceEntry[] {
  return instances.filter(({ phase }) => phase !== 'leaving');
}

export function withoutEntry(state: TargetState, id: string): TargetState {
  const active = state.active === id ? null : state.active;
  return { ...state, active, instances: state.instances.filter((entry) => entry.id !== id) };
}

/** Without what is leaving, and what dead runs were starting: never seen ready, and begun under a lease before this one. */
export function withoutAbandoned(state: TargetState, fencing: number): TargetState {
  const stays = ({ id, phase, fencing: begun }: InstanceEntry) =>
    phase === 'ready' || (phase === 'starting' && begun >= fencing) || state.active === id;
  return { ...state, instances: state.instances.filter(stays) };
}
