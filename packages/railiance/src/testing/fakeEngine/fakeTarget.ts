import { once } from 'node:events';

import { exitCodes, Failure } from '../../domain/failure.ts';
import { type Target, targetLabel } from '../../domain/name.ts';
import type { Evidence } from '../../domain/verdict.ts';
import type {
  InstanceSpec,
  InstanceStatus,
  LogLine,
  LogOptions,
  Route,
  StartedInstance,
  StopReport,
  TargetStatus,
} from '../../engines/engine.ts';

const connect = { host: '127.0.0.1', port: 9 } as const;

/** An instance that is no more than what can be seen of one. */
export class FakeInstance {
  readonly spec: InstanceSpec;
  readonly lines: LogLine[] = [];
  readonly started: StartedInstance;
  state: InstanceStatus['state'] = 'starting';
  readonly #redact: (text: string) => string;
  readonly #target: FakeTarget;

  constructor(spec: InstanceSpec, target: FakeTarget, redact: (text: string) => string) {
    this.spec = spec;
    this.#target = target;
    this.#redact = redact;
    const url = target.route.url.replace('//', `//${spec.id}.candidate.`);
    this.started = { id: spec.id, candidate: { url, connect }, readyMs: 0, warnings: [] };
  }

  get status(): InstanceStatus {
    const { id, artifact } = this.spec;
    const startedAt = new Date(0).toISOString();
    return { id, state: this.state, configDigest: artifact.configDigest, runtime: 'fake', restarts: 0, startedAt };
  }

  becomeReady(): StartedInstance {
    this.state = 'ready';
    return this.started;
  }

  say(text: string): void {
    const line = {
      at: new Date(0).toISOString(),
      instance: this.spec.id,
      stream: 'stdout',
      line: this.#redact(text),
    } as const;
    this.lines.push(line);
    this.#target.tell(line);
  }

  evidence(): Evidence {
    return { logs: this.lines.map(({ line }) => line) };
  }

  end(exitCode: number): Evidence {
    const evidence = { ...this.evidence(), exitCode, signal: null };
    this.#target.ended.set(this.spec.id, evidence);
    return evidence;
  }
}

/** One app on one stage of a fake engine. */
export class FakeTarget {
  readonly target: Target;
  readonly route: Route;
  readonly instances = new Map<string, FakeInstance>();
  readonly ended = new Map<string, Evidence>();
  active: FakeInstance | undefined;
  #fencing = 0;
  readonly #operations = new Map<AbortController, number>();
  readonly #listeners = new Set<(line: LogLine) => void>();

  constructor(target: Target) {
    this.target = target;
    this.route = { url: `http://${target.app}.${target.stage}.fake`, connect };
  }

  get known(): boolean {
    return this.#fencing > 0;
  }

  admit(fencing: number): void {
    if (fencing < this.#fencing) throw this.#takenOver();
    this.#fencing = fencing;
    for (const [operation, number] of this.#operations) if (number < fencing) operation.abort(this.#takenOver());
  }

  async during<T>(fencing: number, caller: AbortSignal, act: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const operation = new AbortController();
    this.#operations.set(operation, fencing);
    try {
      return await act(AbortSignal.any([operation.signal, caller]));
    } finally {
      this.#operations.delete(operation);
    }
  }

  add(spec: InstanceSpec, redact: (text: string) => string): FakeInstance {
    const instance = new FakeInstance(spec, this, redact);
    this.instances.set(spec.id, instance);
    return instance;
  }

  remove(id: string): void {
    this.instances.delete(id);
  }

  activate(id: string, fencing: number, onAdmitted: () => void): void {
    this.admit(fencing);
    const instance = this.instances.get(id);
    if (instance?.state !== 'ready')
      throw new Failure(`lead ${targetLabel(this.target)} to a new instance`, `there is no instance ${id}`);
    onAdmitted();
    this.active = instance;
  }

  retire(id: string, fencing: number, onAdmitted: () => void): StopReport {
    this.admit(fencing);
    onAdmitted();
    const instance = this.instances.get(id);
    instance?.end(0);
    if (instance && this.active === instance) this.active = undefined;
    this.remove(id);
    return { exitCode: instance ? 0 : null, signal: null, clean: true, durationMs: 0 };
  }

  status(): TargetStatus {
    const others = [...this.instances.values()].filter((instance) => instance !== this.active);
    return {
      ...(this.active ? { active: this.active.status } : {}),
      others: others.map(({ status }) => status),
      url: this.route.url,
    };
  }

  instanceAt(url: string): FakeInstance | undefined {
    if (url === this.route.url) return this.active;
    return [...this.instances.values()].find(({ started }) => started.candidate.url === url);
  }

  tell(line: LogLine): void {
    for (const listener of this.#listeners) listener(line);
  }

  async *logs({ follow, tail, instance, signal }: LogOptions): AsyncGenerator<LogLine> {
    const id = instance ?? this.active?.spec.id;
    if (id !== undefined) yield* this.#past(id).slice(tail === 0 ? Number.POSITIVE_INFINITY : -tail);
    if (!follow) return;
    const waiting: LogLine[] = [];
    const news = new EventTarget();
    const listener = (line: LogLine) => {
      if (line.instance !== (instance ?? this.active?.spec.id)) return;
      waiting.push(line);
      news.dispatchEvent(new Event('line'));
    };
    this.#listeners.add(listener);
    try {
      while (!signal.aborted) {
        for (let line = waiting.shift(); line; line = waiting.shift()) yield line;
        await Promise.race([once(news, 'line'), once(signal, 'abort')]);
      }
    } finally {
      this.#listeners.delete(listener);
    }
  }

  #past(id: string): readonly LogLine[] {
    const instance = this.instances.get(id);
    if (instance) return instance.lines;
    const at = new Date(0).toISOString();
    if (!this.ended.has(id)) {
      const action = `read the logs of ${targetLabel(this.target)}`;
      throw new Failure(action, `there is no instance ${id}`, { exitCode: exitCodes.invalidInput });
    }
    return (this.ended.get(id)?.logs ?? []).map((line) => ({ at, instance: id, stream: 'stdout', line }));
  }

  #takenOver(): Failure {
    const options = { exitCode: exitCodes.leaseHeld };
    return new Failure(`change ${targetLabel(this.target)}`, 'another run has taken over', options);
  }
}
