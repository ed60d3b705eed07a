import { once } from 'node:events';
import { join } from 'node:path';

import { Failure, problemOf } from '../../../domain/failure.ts';
import type { Secrets } from '../../../domain/secret.ts';
import type { Cause, CauseName, Evidence } from '../../../domain/verdict.ts';
import { createRedactor } from '../../../exec/redact.ts';
import {
  type InstanceSpec,
  type InstanceState,
  type InstanceStatus,
  StartFailed,
  type StopReport,
} from '../../engine.ts';
import { InstanceLog } from '../logs/instanceLog.ts';
import { Exchanges } from '../router/exchanges.ts';
import { candidateHost, publicHost } from '../router/hostNames.ts';
import { createUpstream, type Upstream } from '../router/upstream.ts';
import type { Exit, RunningProcess, Runtime } from '../runtimes/runtime.ts';
import { backoffMs, stableMs } from './backoff.ts';
import { exitWords } from './diagnosis.ts';
import { evidenceOf, recordEnd, targetLogsDir } from './evidence.ts';
import { type Launch, launch } from './launch.ts';
import { awaitReady } from './readiness.ts';
import { terminate } from './terminate.ts';
import type { InstanceTools } from './tools.ts';

/** How long an app may take leave of its WebSockets and streams after SIGTERM. */
const goodbyeMs = 2_000;

/** A running process of an instance, and how to reach it. */
interface Running {
  readonly launch: Launch;
  readonly port: number;
  readonly upstream: Upstream;
  readonly readyAtMs: number;
}

/**
 * One instance from its start to its end. `start` makes it ready or leaves nothing of it; once it `serves`, a crash is
 * answered by a new start; `stop` drains it and ends it.
 */
export class Instance {
  readonly spec: InstanceSpec;
  readonly log: InstanceLog;
  readonly logDir: string;
  /** Host name that leads here, active or not. */
  readonly host: string;
  readonly startedAt: string;
  readonly #tools: InstanceTools;
  readonly #exchanges = new Exchanges();
  readonly #ending = new AbortController();
  #state: InstanceState = 'starting';
  #reason: string | undefined;
  #serves = false;
  #restarts = 0;
  #crashes = 0;
  #runtime = '';
  #running: Running | undefined;
  /** The bring-up or restart that is under way. */
  #work: Promise<void> = Promise.resolve();
  #stopped: Promise<StopReport> | undefined;

  constructor(spec: InstanceSpec, tools: InstanceTools) {
    this.spec = spec;
    this.#tools = tools;
    this.host = candidateHost(spec, spec.id);
    this.startedAt = tools.clock.now().toISOString();
    this.logDir = join(targetLogsDir(tools.logsDir, spec), spec.id);
    this.log = new InstanceLog({ directory: this.logDir, instance: spec.id, now: () => tools.clock.now() });
  }

  get status(): InstanceStatus {
    return {
      id: this.spec.id,
      state: this.#state,
      configDigest: this.spec.artifact.configDigest,
      runtime: this.#runtime,
      restarts: this.#restarts,
      startedAt: this.startedAt,
      ...(this.#reason === undefined ? {} : { reason: this.#reason }),
    };
  }

  /** Where to reach it; undefined while it is not ready. */
  get upstream(): Upstream | undefined {
    return this.#state === 'ready' ? this.#running?.upstream : undefined;
  }

  get port(): number | undefined {
    return this.#running?.port;
  }

  /** What runs it now. */
  get runtime(): Runtime | undefined {
    return this.#running?.launch.runtime;
  }

  /**
   * Resolves when it is ready.
   * @throws StartFailed; nothing of it runs then
   * @throws the signal's reason when aborted; likewise
   */
  async start(signal: AbortSignal): Promise<void> {
    const begun = this.#bringUp(AbortSignal.any([signal, this.#ending.signal]));
    this.#work = begun.catch(() => {});
    await begun;
  }

  /**
   * From now on the route leads here: a crash, and a start that has not happened yet, are answered by (re)starting it,
   * not before what it needs is there.
   */
  serve(needs: Promise<void> = Promise.resolve()): void {
    if (this.#serves || this.#ending.signal.aborted) return;
    this.#serves = true;
    if (this.#running) return;
    const reason = this.#reason ?? 'is starting again';
    const before = Promise.race([Promise.all([this.#work, needs]), untilAborted(this.#ending.signal)]);
    this.#work = before.then(() => this.#restart(reason, 0));
  }

  /** From now on a crash is its end. */
  letGo(): void {
    this.#serves = false;
  }

  /**
   * Drains it, SIGTERM, SIGKILL; then nothing of it is left but its log. Draining and SIGTERM each get the stop time-out.
   */
  stop(): Promise<StopReport> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  /** Resolves when the start or stop that is under way has ended, one way or the other. */
  async settled(): Promise<void> {
    await (this.#stopped ?? this.#work);
  }

  evidence(details: Readonly<Record<string, unknown>> = {}): Promise<Evidence> {
    return this.log.flush().then(() => evidenceOf(this.logDir, this.spec.id, { ...this.status, ...details }));
  }

  async #stop(): Promise<StopReport> {
    const { clock } = this.#tools;
    const began = clock.elapsedMs();
    this.#serves = false;
    this.#state = 'stopping';
    this.#ending.abort(new Failure('start the instance', 'it was stopped'));
    await this.#work;
    const { stopTimeoutMs } = this.spec.run;
    await this.#exchanges.drain(stopTimeoutMs, clock);
    const running = this.#running;
    this.#running = undefined;
    // Apps wait for idle connections before they end.
    running?.upstream.agent.destroy();
    const ended = running && (await this.#terminate(running.launch.process, stopTimeoutMs));
    if (running) await this.#release(running.launch, running.port, running.upstream);
    // One that ended before keeps the end it had.
    if (ended) await this.#keepEnd(ended, 'was stopped');
    this.#state = 'stopped';
    const report = ended ?? { exitCode: null, signal: null, clean: true };
    return { ...report, durationMs: Math.round(clock.elapsedMs() - began) };
  }

  /**
   * The app is the one to take leave of its WebSockets and streams, in its own words. One that only waits for them would
   * wait for ever, so they are closed from our side after a while.
   */
  async #terminate(process: RunningProcess, stopTimeoutMs: number): Promise<StopReport> {
    const ended = new AbortController();
    const late = this.#tools.clock.sleep(Math.min(goodbyeMs, stopTimeoutMs / 2), ended.signal);
    const closing = late.catch(() => {}).then(() => this.#exchanges.closeStreams());
    const report = await terminate(process, stopTimeoutMs, this.#tools.clock);
    ended.abort();
    await closing;
    return report;
  }

  async #bringUp(signal: AbortSignal): Promise<void> {
    const { clock, ports } = this.#tools;
    const secrets = await this.#readSecrets();
    this.log.redactWith(createRedactor(Object.values(secrets).map((secret) => secret.reveal())));
    const port = await ports.take();
    const launched = await this.#launch(port, secrets).catch(async (error: unknown) => {
      ports.giveBack(port);
      throw new StartFailed(causeOf('engine', error), await this.evidence());
    });
    this.#runtime = launched.runtime.name;
    const hostHeader = publicHost(this.spec);
    const input = { process: launched.process, port, run: this.spec.run, hostHeader, clock, signal };
    try {
      const readiness = await awaitReady(input);
      if (!readiness.ready) {
        if (readiness.exit) await this.#keepEnd(readiness.exit, readiness.why.summary);
        throw new StartFailed(readiness.why, await this.evidence(readiness.details));
      }
      signal.throwIfAborted();
      const upstream = createUpstream(readiness.host, port, this.#exchanges);
      this.#running = { launch: launched, port, upstream, readyAtMs: clock.elapsedMs() };
    } catch (error) {
      await terminate(launched.process, 0, clock);
      await this.#release(launched, port);
      throw error;
    }
    this.#state = 'ready';
    this.#reason = undefined;
    const running = this.#running;
    void launched.process.exited.then((exit) => this.#onExit(exit, running));
  }

  #launch(port: number, secrets: Secrets): Promise<Launch> {
    const { id, app, stage, artifact, layoutDir, run, labels } = this.spec;
    const onLine = (line: string, stream: 'stdout' | 'stderr') => this.log.append(line, stream);
    return launch({ launchId: id, app, stage, artifact, layoutDir, run, labels, secrets, port, onLine }, this.#tools);
  }

  async #readSecrets(): Promise<Secrets> {
    const { secrets } = this.#tools;
    return secrets.get(this.spec, this.spec.secretsVersion).catch((error: unknown) => {
      throw new StartFailed(causeOf('secret-missing', error), {});
    });
  }

  /** It ended although nobody asked it to. */
  #onExit(exit: Exit, running: Running): void {
    if (this.#running !== running) return;
    const livedMs = this.#tools.clock.elapsedMs() - running.readyAtMs;
    const why = exitWords(exit, livedMs);
    this.#running = undefined;
    this.#reason = why;
    const again = this.#serves;
    this.#state = again ? 'backing-off' : 'failed';
    const crashes = livedMs >= stableMs ? 1 : this.#crashes + 1;
    this.#work = this.#keepEnd(exit, why)
      .then(() => this.#release(running.launch, running.port, running.upstream))
      .then(() => (again ? this.#restart(why, crashes) : undefined));
  }

  async #restart(why: string, crashes: number): Promise<void> {
    const { signal } = this.#ending;
    this.#crashes = crashes;
    while (!signal.aborted) {
      if (this.#crashes > 0) await this.#wait(why, signal);
      if (signal.aborted) return;
      this.#state = 'starting';
      this.#reason = why;
      try {
        return await this.#bringUp(signal);
      } catch (error) {
        why = problemOf(error);
        this.#crashes++;
      }
    }
  }

  async #wait(why: string, signal: AbortSignal): Promise<void> {
    const waitMs = backoffMs(this.#crashes);
    this.#state = 'backing-off';
    this.#reason = `${why}; starts again in ${waitMs / 1000} s`;
    this.#restarts++;
    await this.#tools.clock.sleep(waitMs, signal).catch(() => {});
  }

  async #release({ dispose }: Launch, port: number, upstream?: Upstream): Promise<void> {
    upstream?.agent.destroy();
    await dispose();
    this.#tools.ports.giveBack(port);
  }

  async #keepEnd({ exitCode, signal }: Pick<Exit, 'exitCode' | 'signal'>, reason: string): Promise<void> {
    await this.log.flush();
    const at = this.#tools.clock.now().toISOString();
    // A full disk must not stand between an operator and the end of an instance.
    await recordEnd(this.logDir, { at, exitCode, signal, reason }).catch(() => {});
  }
}

function causeOf(name: CauseName, error: unknown): Cause {
  const hint = error instanceof Failure && error.hint !== undefined ? { hint: error.hint } : {};
  return { name, summary: problemOf(error), ...hint };
}

async function untilAborted(signal: AbortSignal): Promise<void> {
  if (!signal.aborted) await once(signal, 'abort');
}
