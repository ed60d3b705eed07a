import { Failure, problemOf } from '../domain/failure.ts';
import type { Target } from '../domain/name.ts';
import type { Evidence } from '../domain/verdict.ts';
import {
  defineEngine,
  type Engine,
  type InstanceSpec,
  type Route,
  StartFailed,
  type TaskSpec,
} from '../engines/engine.ts';
import { createRedactor } from '../exec/redact.ts';
import type { SecretStore } from '../secrets/secretStore.ts';
import { type Behaviour, behaviourOf, causeOf } from './fakeEngine/behaviour.ts';
import { runFakeCommand } from './fakeEngine/fakeCommand.ts';
import { type FakeInstance, FakeTarget } from './fakeEngine/fakeTarget.ts';

export interface FakeEngineOptions {
  /** Absent: every version is there, and holds nothing. */
  readonly secrets?: Pick<SecretStore, 'get'>;
  /** What is wrong with an instance; without it, its $BEHAVIOUR says so. */
  readonly behaviour?: (spec: InstanceSpec) => Behaviour | undefined;
  /** Commands that end with exit code 1, beside the sample app's own. */
  readonly failsTask?: (spec: TaskSpec) => boolean;
  /** Told of a change that is let in, before it is made. */
  readonly watch?: (change: 'activate' | 'retire', instanceId: string) => void;
}

export interface FakeEngine extends Engine {
  /** The instance that a route leads to. */
  instanceAt(route: Pick<Route, 'url'>): InstanceSpec | undefined;
  /** Instances that run. */
  running(target: Target): readonly InstanceSpec[];
  activeOf(target: Target): InstanceSpec | undefined;
  /** Has the instance behind the route write a line. */
  say(route: Route, line: string): void;
}

/** An engine without processes: everything happens in memory and at once, but for what waits to be aborted. */
export function createFakeEngine({
  secrets = { get: async () => ({}) },
  behaviour = behaviourOf,
  failsTask = () => false,
  watch = () => {},
}: FakeEngineOptions = {}): FakeEngine {
  const targets = new Map<string, FakeTarget>();
  const at = ({ app, stage }: Target) => {
    const label = `${app}.${stage}`;
    const found = targets.get(label) ?? new FakeTarget({ app, stage });
    targets.set(label, found);
    return found;
  };
  const instanceAt = ({ url }: Pick<Route, 'url'>): FakeInstance | undefined => {
    const found = [...targets.values()].map((target) => target.instanceAt(url));
    return found.find((instance) => instance !== undefined);
  };

  const engine = defineEngine({
    name: 'fake',
    ensure: async () => {},
    check: async (_run, { platform }) => [
      {
        name: 'platform',
        verdict: platform === 'linux/s390x' ? 'fail' : 'pass',
        summary: `the image is for ${platform}`,
        durationMs: 0,
      },
    ],
    status: async (target) => at(target).status(),
    targets: async () => [...targets.values()].filter(({ known }) => known).map(({ target }) => target),
    route: async (target) => at(target).route,

    start: async (spec, { fencing, signal }) => {
      signal.throwIfAborted();
      const target = at(spec);
      target.admit(fencing);
      const found = target.instances.get(spec.id);
      if (found) return found.started;
      const values = await secrets.get(spec, spec.secretsVersion).catch((error: unknown) => {
        throw new StartFailed({ name: 'secret-missing', summary: problemOf(error) }, {});
      });
      const redact = createRedactor(Object.values(values).map((secret) => secret.reveal()));
      const instance = target.add(spec, redact);
      instance.say(`starting with key ${values.KEY?.reveal()}`);
      const fault = behaviour(spec);
      if (fault === undefined) return instance.becomeReady();
      try {
        throw await target.during(fencing, signal, (stop) => causeOf(fault, spec, instance, stop));
      } finally {
        target.remove(spec.id);
      }
    },

    activate: async (target, id, { fencing, signal }) => {
      signal.throwIfAborted();
      at(target).activate(id, fencing, () => watch('activate', id));
    },
    retire: async (target, id, { fencing, signal }) => {
      signal.throwIfAborted();
      return at(target).retire(id, fencing, () => watch('retire', id));
    },

    task: async (spec, { fencing, signal, progress }) => {
      const target = at(spec);
      target.admit(fencing);
      const values = await secrets.get(spec, spec.secretsVersion);
      const redact = createRedactor(Object.values(values).map((secret) => secret.reveal()));
      if (failsTask(spec)) return { exitCode: 1, signal: null, timedOut: false, lines: ['exit 1'], durationMs: 0 };
      const lines: string[] = [];
      const onLine = (text: string) => {
        lines.push(redact(text));
        progress({ kind: 'log', source: spec.id, line: redact(text) });
      };
      const end = await target.during(fencing, signal, (stop) =>
        runFakeCommand({ ...spec, key: values.KEY?.reveal(), signal: stop, stdin: null, onLine }),
      );
      return { ...end, signal: end.timedOut ? 'SIGTERM' : null, lines, durationMs: 0 };
    },

    evidence: async (target, id): Promise<Evidence> => at(target).ended.get(id) ?? evidenceOf(at(target), id),
    logs: (target, options) => at(target).logs(options),
    exec: async (target, command, { stdin, stdout, signal }) => {
      const { app, stage } = target;
      if (!at(target).active) throw new Failure('run a command', 'there is no active instance');
      const onLine = (line: string) => stdout(Buffer.from(`${line}\n`));
      const timeoutMs = Number.POSITIVE_INFINITY;
      const { exitCode } = await runFakeCommand({
        app,
        stage,
        command,
        timeoutMs,
        key: undefined,
        signal,
        stdin,
        onLine,
      });
      return exitCode ?? 128;
    },
  });
  return {
    ...engine,
    instanceAt: (route) => instanceAt(route)?.spec,
    say: (route, line) => instanceAt(route)?.say(line),
    running: (target) => [...at(target).instances.values()].map(({ spec }) => spec),
    activeOf: (target) => at(target).active?.spec,
  };
}

function evidenceOf(target: FakeTarget, id: string): Evidence {
  const instance = target.instances.get(id);
  return instance ? { logs: instance.lines.map(({ line }) => line) } : {};
}
