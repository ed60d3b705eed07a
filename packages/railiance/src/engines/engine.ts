import type { DeploySpec, RunSpec } from '../domain/app.ts';
import type { Artifact, ImageNeeds } from '../domain/artifact.ts';
import type { Target } from '../domain/name.ts';
import type { LiveObjects } from '../domain/objectChange.ts';
import type { Progress } from '../domain/progress.ts';
import type { Cause, CheckResult, Evidence } from '../domain/verdict.ts';

/** Passed with everything that changes a stage. */
export interface EngineContext {
  /** Of the lease; a lower number than the engine has seen for the target is refused (Failure, exit code 3). */
  readonly fencing: number;
  readonly signal: AbortSignal;
  readonly progress: Progress;
}

/** What is to run, and with what. */
interface Workload extends Target {
  /** Chosen by the caller, unique for ever. */
  readonly id: string;
  readonly artifact: Artifact;
  /** OCI image layout that holds the artifact. */
  readonly layoutDir: string;
  /** What a stage that pulls runs: `host[:port]/path:tag@sha256:…`. */
  readonly image?: string;
  /** Where and how it is put on a cluster; engines of one machine need none. */
  readonly deploy?: Placement;
  readonly run: RunSpec;
  /** Version in the stage's secret store; the engine reads the values itself. */
  readonly secretsVersion: string;
}

/** One copy of an app as it is to run. Starting the same id again finds what is there. */
export interface InstanceSpec extends Workload {
  /** Plain facts about the release (its tag, its run), given to the app as $RAILIANCE_<NAME>. */
  readonly labels: Readonly<Record<string, string>>;
}

/** What app.toml says for engines that are clusters. */
export interface Placement extends Pick<DeploySpec, 'chart' | 'namespace' | 'host' | 'values'> {
  /** Folder of app.toml, absolute: paths are meant from there. */
  readonly directory: string;
}

/** An app on a stage, and how it is to be put there. */
export interface Placed extends Target {
  readonly deploy: Placement;
}

/** A release that is only looked at: its image may still have to be built. */
export interface PreviewSpec extends Target {
  readonly image: string;
  /** Of the artifact. */
  readonly tag: string;
  readonly run: RunSpec;
  readonly deploy: Placement;
}

export type InstanceState = 'starting' | 'ready' | 'stopping' | 'stopped' | 'failed' | 'backing-off';

export interface InstanceStatus {
  readonly id: string;
  readonly state: InstanceState;
  readonly configDigest: string;
  readonly runtime: string;
  readonly restarts: number;
  readonly startedAt: string;
  /** Why it is not ready, in one line. */
  readonly reason?: string;
}

/** What an engine sees when it looks at one app on one stage. */
export interface TargetStatus {
  /** Instance that the route leads to. */
  readonly active?: InstanceStatus;
  /** Everything else that still exists: candidates and instances that are draining. */
  readonly others: readonly InstanceStatus[];
  /** Public URL of the route. */
  readonly url: string;
}

export interface StartedInstance {
  readonly id: string;
  /** Route that leads to this instance alone, before it is active: the same proxy as the public route, same path. */
  readonly candidate: Route;
  readonly readyMs: number;
  /** Limits or runtimes this machine cannot give, stated and not silently dropped. */
  readonly warnings: readonly string[];
  /** Commit or version of the chart of its own that it was started by. */
  readonly chartRevision?: string;
}

/** How to reach an app: the address to connect to, and the Host header to send. */
export interface Route {
  /** Base URL, e.g. `http://probe.canary.localhost:8080`. */
  readonly url: string;
  /** Address to connect to, where the host name need not resolve. */
  readonly connect: { readonly host: string; readonly port: number };
}

export interface StopReport {
  readonly exitCode: number | null;
  readonly signal: string | null;
  /** True where SIGTERM was enough within the stop time-out. */
  readonly clean: boolean;
  readonly durationMs: number;
  /** It is ending, and nobody saw how. */
  readonly left?: true;
}

export interface RetireOptions {
  /** An engine that brings the end about by itself, however this process ends, is not waited for. */
  readonly leave?: boolean;
}

/** One command in the image of an app. */
export interface TaskSpec extends Workload {
  readonly command: readonly string[];
  readonly timeoutMs: number;
}

export interface TaskResult {
  readonly exitCode: number | null;
  readonly signal: string | null;
  readonly timedOut: boolean;
  /** Last lines of both streams, redacted, bounded. */
  readonly lines: readonly string[];
  readonly durationMs: number;
}

/** A start that did not end ready: the evidence and the one cause come with the error. */
export class StartFailed extends Error {
  override readonly name = 'StartFailed';
  readonly why: Cause;
  readonly evidence: Evidence;

  constructor(why: Cause, evidence: Evidence) {
    super(why.summary);
    this.why = why;
    this.evidence = evidence;
  }
}

export interface LogLine {
  readonly at: string;
  readonly instance: string;
  readonly stream: 'stdout' | 'stderr';
  readonly line: string;
}

/**
 * Runs releases of a stage. Every method looks before it acts, so that calling it again after a crash is safe:
 * `start` of a ready instance returns it, `activate` of the active one makes sure that it is led to, `retire` of a gone one
 * reports it.
 */
export interface Engine {
  readonly name: string;
  /**
   * Can this engine run this at all? Asked by the gate; changes nothing.
   * @param placed where and how it is to be put; absent where a release comes back just as it was
   */
  check(run: RunSpec, image: ImageNeeds, placed?: Placed): Promise<readonly CheckResult[]>;
  /** Makes the engine itself ready (for `local`: starts the agent). Idempotent. */
  ensure(progress: Progress): Promise<void>;
  status(target: Target): Promise<TargetStatus>;
  /** All targets this engine knows of. */
  targets(): Promise<readonly Target[]>;
  /** Public route of the target, active or not. */
  route(target: Target): Promise<Route>;
  /** What a release would make of what is there, object by object. Absent where an engine has no objects. Changes nothing. */
  preview?(spec: PreviewSpec): Promise<LiveObjects | undefined>;
  /** Makes ready what a start of this very instance will need, as far as that changes nothing. Absent where that takes no time. */
  prepare?(spec: InstanceSpec, signal: AbortSignal): Promise<void>;
  /** Starts an instance beside the active one and waits until it is ready. @throws StartFailed */
  start(spec: InstanceSpec, context: EngineContext): Promise<StartedInstance>;
  /** Leads the public route to a ready instance, at once; requests under way at the old one go on. */
  activate(target: Target, instanceId: string, context: EngineContext): Promise<void>;
  /** Drains, SIGTERM, SIGKILL after the stop time-out; then nothing of the instance runs. */
  retire(target: Target, instanceId: string, context: EngineContext, options?: RetireOptions): Promise<StopReport>;
  /** Runs one command in the image to its end, with the app's env and secrets; killed when the caller goes away. */
  task(spec: TaskSpec, context: EngineContext): Promise<TaskResult>;
  /** Last lines and exit of one instance, for evidence, also after it has ended. */
  evidence(target: Target, instanceId: string): Promise<Evidence>;
  logs(target: Target, options: LogOptions): AsyncIterable<LogLine>;
  /** Runs a command beside the active instance, with its env; streams are the caller's. Resolves with the exit code. */
  exec(target: Target, command: readonly string[], streams: ExecStreams): Promise<number>;
}

export interface LogOptions {
  readonly follow: boolean;
  readonly tail: number;
  readonly signal: AbortSignal;
  /** One instance only; absent: the active one. */
  readonly instance?: string;
}

export interface ExecStreams {
  readonly stdin: NodeJS.ReadableStream | null;
  readonly stdout: (chunk: Uint8Array) => void;
  readonly stderr: (chunk: Uint8Array) => void;
  readonly signal: AbortSignal;
}

export function defineEngine(engine: Engine): Engine {
  return engine;
}
