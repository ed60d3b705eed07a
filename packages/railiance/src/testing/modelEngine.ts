import { exitCodes, Failure } from '../domain/failure.ts';
import { type Target, targetLabel } from '../domain/name.ts';
import {
  defineEngine,
  type Engine,
  type EngineContext,
  type InstanceSpec,
  type InstanceStatus,
  type Route,
  StartFailed,
  type TargetStatus,
  type TaskSpec,
} from '../engines/engine.ts';

/** How an artifact behaves, by words in its tag. */
export interface Behaviour {
  starts(tag: string): boolean;
  migrates(tag: string): boolean;
}

interface Entry {
  readonly instances: Map<string, InstanceSpec>;
  active: string | undefined;
  fencing: number;
}

export interface ModelEngine extends Engine {
  /** The instance that a route leads to; undefined where none does. */
  instanceAt(url: string): InstanceSpec | undefined;
  /** Instances that run, the active one first. */
  running(target: Target): readonly InstanceSpec[];
  activeOf(target: Target): InstanceSpec | undefined;
}

/** An engine in memory that does at once what it is told, refuses stale writers, and tells `watch` before each change. */
export function createModelEngine(behaviour: Behaviour, watch: (change: string, target: Target) => void): ModelEngine {
  const entries = new Map<string, Entry>();
  const entryOf = (target: Target) => {
    const entry = entries.get(targetLabel(target)) ?? { instances: new Map(), active: undefined, fencing: 0 };
    entries.set(targetLabel(target), entry);
    return entry;
  };
  const admit = (target: Target, { fencing, signal }: EngineContext) => {
    signal.throwIfAborted();
    const entry = entryOf(target);
    if (fencing < entry.fencing) {
      const exitCode = exitCodes.leaseHeld;
      throw new Failure(`change ${targetLabel(target)}`, `number ${fencing} is stale`, { exitCode });
    }
    entry.fencing = fencing;
    return entry;
  };
  const publicRoute = (target: Target): Route => routeTo(`public:${targetLabel(target)}`);

  return Object.assign(
    defineEngine({
      name: 'model',
      check: async () => [],
      ensure: async () => {},
      targets: async () => [...entries.values()].flatMap(({ instances }) => [...instances.values()]),
      route: async (target) => publicRoute(target),
      async status(target): Promise<TargetStatus> {
        const { instances, active } = entryOf(target);
        const others = [...instances.values()].filter(({ id }) => id !== active).map(statusOf);
        const serving = active === undefined ? undefined : instances.get(active);
        return { ...(serving && { active: statusOf(serving) }), others, url: publicRoute(target).url };
      },
      async start(spec, context) {
        const entry = admit(spec, context);
        const { id, artifact } = spec;
        const started = { id, candidate: routeTo(`candidate:${id}`), readyMs: 1, warnings: [] };
        if (entry.instances.has(id)) return started;
        if (!behaviour.starts(artifact.revision.tag)) {
          throw new StartFailed(
            { name: 'crash', summary: 'it ended with exit code 1' },
            { exitCode: 1, logs: ['boom'] },
          );
        }
        entry.instances.set(id, spec);
        return started;
      },
      async activate(target, id, context) {
        const entry = admit(target, context);
        if (!entry.instances.has(id)) throw new Error(`no instance ${id}`);
        watch(`activate ${id}`, target);
        entry.active = id;
      },
      async retire(target, id, context) {
        const entry = admit(target, context);
        watch(`retire ${id}`, target);
        entry.instances.delete(id);
        if (entry.active === id) entry.active = undefined;
        return { exitCode: 0, signal: null, clean: true, durationMs: 1 };
      },
      async task(spec: TaskSpec, context) {
        admit(spec, context);
        const { tag } = spec.artifact.revision;
        const exitCode = behaviour.migrates(tag) ? 0 : 1;
        return { exitCode, signal: null, timedOut: false, lines: [`exit ${exitCode}`], durationMs: 1 };
      },
      evidence: async () => ({ logs: ['last line'] }),
      async *logs() {},
      exec: async () => 0,
    }),
    {
      instanceAt(url: string) {
        const [kind, rest = ''] = url.split(/:(.*)/);
        const all = [...entries].flatMap(([label, entry]) =>
          [...entry.instances.values()].map((spec) => ({ label, entry, spec })),
        );
        return all.find(({ label, entry, spec }) =>
          kind === 'candidate' ? spec.id === rest : label === rest && entry.active === spec.id,
        )?.spec;
      },
      running: (target: Target) => [...entryOf(target).instances.values()],
      activeOf(target: Target) {
        const { instances, active } = entryOf(target);
        return active === undefined ? undefined : instances.get(active);
      },
    },
  );
}

function statusOf({ id, artifact }: InstanceSpec): InstanceStatus {
  const startedAt = '2026-01-01T00:00:00.000Z';
  return { id, state: 'ready', configDigest: artifact.configDigest, runtime: 'model', restarts: 0, startedAt };
}

function routeTo(url: string): Route {
  return { url, connect: { host: '127.0.0.1', port: 1 } };
}
