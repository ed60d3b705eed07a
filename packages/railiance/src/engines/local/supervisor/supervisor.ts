import { exitCodes, Failure } from '../../../domain/failure.ts';
import { assertName, type Target, targetLabel } from '../../../domain/name.ts';
import type { Evidence } from '../../../domain/verdict.ts';
import {
  type InstanceSpec,
  type Route,
  type StartedInstance,
  StartFailed,
  type StopReport,
  type TargetStatus,
} from '../../engine.ts';
import { evidenceOf, pruneLogs, readEnd, targetLogsDir } from '../instances/evidence.ts';
import { Instance } from '../instances/instance.ts';
import type { InstanceTools } from '../instances/tools.ts';
import { publicHost, urlOf } from '../router/hostNames.ts';
import { type AgentStateFile, targetStateOf, withTarget } from '../state/agentState.ts';
import { limitsOf } from './check.ts';
import { assertInstanceId } from './instanceId.ts';
import { TargetEntry } from './targetEntry.ts';

/** Who asks, as the agent sees it. */
export interface Caller {
  readonly fencing: number;
  /** Aborted when the client goes away. */
  readonly signal: AbortSignal;
}

/** Holds the instances of every app and stage of this machine, and what the routes lead to. */
export class Supervisor {
  readonly #tools: InstanceTools;
  readonly #state: AgentStateFile;
  readonly #routerPort: () => number;
  readonly #entries = new Map<string, TargetEntry>();

  constructor(tools: InstanceTools, state: AgentStateFile, routerPort: () => number) {
    this.#tools = tools;
    this.#state = state;
    this.#routerPort = routerPort;
    for (const { app, stage, fencing } of state.current.targets) {
      this.#entries.set(targetLabel({ app, stage }), new TargetEntry({ app, stage }, fencing));
    }
  }

  get entries(): Iterable<TargetEntry> {
    return this.#entries.values();
  }

  /** Starts again what was active when an agent before this one ended, as soon as what apps need is there. */
  restore(needs: Promise<void>): void {
    for (const { app, stage, active } of this.#state.current.targets) {
      if (!active) continue;
      const entry = this.entry({ app, stage });
      const instance = new Instance(active, this.#tools);
      entry.instances.set(active.id, instance);
      entry.lead(instance, needs);
    }
  }

  entry(target: Target): TargetEntry {
    const label = targetLabel(target);
    let entry = this.#entries.get(label);
    if (!entry) {
      const named = { app: assertName('app', target.app), stage: assertName('stage', target.stage) };
      entry = new TargetEntry(named, 0);
      this.#entries.set(label, entry);
    }
    return entry;
  }

  targets(): readonly Target[] {
    const known = [...this.#entries.values()].filter(({ fencing, instances }) => fencing > 0 || instances.size > 0);
    return known.map(({ target }) => target);
  }

  status(target: Target): TargetStatus {
    return this.entry(target).status(this.route(target).url);
  }

  route(target: Target): Route {
    return this.#routeTo(publicHost(target));
  }

  /** Admits a caller, and remembers its number on disk before anything is done for it. */
  async admit(target: Target, fencing: number): Promise<TargetEntry> {
    const entry = this.entry(target);
    const higher = fencing > entry.fencing;
    entry.admit(fencing);
    if (higher) await this.#keep(entry);
    return entry;
  }

  async start(spec: InstanceSpec, caller: Caller): Promise<StartedInstance> {
    assertInstanceId(spec.id);
    const entry = await this.admit(spec, caller.fencing);
    return entry.during(caller.fencing, caller.signal, async (signal) => {
      const begun = this.#tools.clock.elapsedMs();
      const instance = await this.#startOnce(entry, spec, signal);
      return {
        id: spec.id,
        candidate: this.#routeTo(instance.host),
        readyMs: Math.round(this.#tools.clock.elapsedMs() - begun),
        warnings: instance.runtime
          ? [...(await limitsOf(spec.run, instance.runtime)), ...instance.runtime.caveats]
          : [],
      };
    });
  }

  async activate(target: Target, id: string, caller: Caller): Promise<void> {
    const entry = await this.admit(target, caller.fencing);
    await entry.inTurn(async () => {
      entry.assertCurrent(caller.fencing);
      const instance = entry.instances.get(id);
      if (instance && instance === entry.active) return;
      if (instance?.status.state !== 'ready') throw notReady(target, id, instance);
      await this.#keep(entry, instance.spec);
      entry.lead(instance);
    });
  }

  async retire(target: Target, id: string, caller: Caller): Promise<StopReport> {
    assertInstanceId(id);
    const entry = await this.admit(target, caller.fencing);
    const instance = await entry.inTurn(async () => {
      entry.assertCurrent(caller.fencing);
      const found = entry.instances.get(id);
      if (found && found === entry.active) {
        await this.#keep(entry, null);
        entry.lead(undefined);
      }
      return found;
    });
    if (!instance) return this.#endOf(target, id);
    const report = await instance.stop();
    await this.#forget(entry, instance);
    return report;
  }

  async evidence(target: Target, id: string): Promise<Evidence> {
    assertInstanceId(id);
    const instance = this.entry(target).instances.get(id);
    return instance ? instance.evidence() : evidenceOf(`${targetLogsDir(this.#tools.logsDir, target)}/${id}`, id, {});
  }

  /** Stops every instance; what was active stays wanted. */
  async stopAll(): Promise<void> {
    const instances = [...this.#entries.values()].flatMap((entry) => [...entry.instances.values()]);
    await Promise.all(instances.map((instance) => instance.stop()));
  }

  /** Finds the ready one, or starts it; whoever asks for the same id meanwhile waits and gets the same. */
  async #startOnce(entry: TargetEntry, spec: InstanceSpec, signal: AbortSignal): Promise<Instance> {
    for (let found = entry.instances.get(spec.id); found; found = entry.instances.get(spec.id)) {
      const patience = found === entry.active ? this.#tools.clock.sleep(spec.run.startTimeoutMs, signal) : undefined;
      await Promise.race([found.settled(), patience ?? found.settled()]);
      if (found.status.state === 'ready') return found;
      if (found === entry.active) throw await stillDown(found);
      await found.stop();
      await this.#forget(entry, found);
    }
    const instance = new Instance(spec, this.#tools);
    entry.instances.set(spec.id, instance);
    try {
      await instance.start(signal);
      return instance;
    } catch (error) {
      await instance.stop();
      await this.#forget(entry, instance);
      throw error;
    }
  }

  async #forget(entry: TargetEntry, instance: Instance): Promise<void> {
    const { instances, target } = entry;
    if (instances.get(instance.spec.id) === instance) instances.delete(instance.spec.id);
    await pruneLogs(targetLogsDir(this.#tools.logsDir, target), new Set(instances.keys()));
  }

  async #endOf(target: Target, id: string): Promise<StopReport> {
    const end = await readEnd(`${targetLogsDir(this.#tools.logsDir, target)}/${id}`);
    return { exitCode: end?.exitCode ?? null, signal: end?.signal ?? null, clean: true, durationMs: 0 };
  }

  /** Writes what is wanted of a target: `active` as given, null for none, as it was where absent. */
  async #keep({ target, fencing }: TargetEntry, active?: InstanceSpec | null): Promise<void> {
    await this.#state.change((state) => {
      const wanted = active === undefined ? targetStateOf(state, target.app, target.stage)?.active : active;
      return withTarget(state, { ...target, fencing, ...(wanted ? { active: wanted } : {}) });
    });
  }

  #routeTo(host: string): Route {
    const port = this.#routerPort();
    return { url: urlOf(host, port), connect: { host: '127.0.0.1', port } };
  }
}

/** The active instance, asked to start again while it crashes: its restarts go on, and the caller learns why. */
async function stillDown(instance: Instance): Promise<StartFailed> {
  const { reason = 'is not ready' } = instance.status;
  return new StartFailed({ name: 'crash', summary: reason }, await instance.evidence());
}

function notReady(target: Target, id: string, instance: Instance | undefined): Failure {
  const problem = instance
    ? `instance ${id} is ${instance.status.state}: ${instance.status.reason ?? 'no reason known'}`
    : `there is no instance ${id}: candidates do not outlive the agent`;
  return new Failure(`lead ${targetLabel(target)} to a new instance`, problem, {
    hint: 'deploy again',
    exitCode: exitCodes.failedAndRolledBack,
  });
}
