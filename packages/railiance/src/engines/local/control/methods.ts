import type { RunSpec } from '../../../domain/app.ts';
import type { ImageNeeds } from '../../../domain/artifact.ts';
import type { Target } from '../../../domain/name.ts';
import type { ProgressEvent } from '../../../domain/progress.ts';
import type { CheckResult, Evidence } from '../../../domain/verdict.ts';
import type {
  InstanceSpec,
  LogLine,
  Route,
  StartedInstance,
  StopReport,
  TargetStatus,
  TaskResult,
  TaskSpec,
} from '../../engine.ts';
import type { AgentStatus } from '../agentStatus.ts';
import type { LogRequest } from '../supervisor/logLines.ts';

interface Method<Arguments, Result, Item = never> {
  readonly arguments: Arguments;
  readonly result: Result;
  /** Sent before the result, as it comes. */
  readonly item: Item;
}

interface Change {
  readonly target: Target;
  readonly id: string;
  readonly fencing: number;
}

/** Bytes of a command's stream, in base64. */
export interface OutputChunk {
  readonly stream: 'stdout' | 'stderr';
  readonly base64: string;
}

/** What a client may ask of the agent: one call for each connection to its socket. */
export interface Methods {
  readonly agent: Method<null, AgentStatus>;
  readonly down: Method<null, null>;
  readonly service: Method<{ readonly name: string }, null>;
  readonly check: Method<{ readonly run: RunSpec; readonly image: ImageNeeds }, readonly CheckResult[]>;
  readonly status: Method<Target, TargetStatus>;
  readonly targets: Method<null, readonly Target[]>;
  readonly route: Method<Target, Route>;
  readonly start: Method<{ readonly spec: InstanceSpec; readonly fencing: number }, StartedInstance>;
  readonly activate: Method<Change, null>;
  readonly retire: Method<Change, StopReport>;
  readonly task: Method<{ readonly spec: TaskSpec; readonly fencing: number }, TaskResult, ProgressEvent>;
  readonly evidence: Method<{ readonly target: Target; readonly id: string }, Evidence>;
  readonly logs: Method<{ readonly target: Target; readonly request: LogRequest }, null, LogLine>;
  readonly exec: Method<{ readonly target: Target; readonly command: readonly string[] }, number, OutputChunk>;
}

export type MethodName = keyof Methods;

/** What the agent knows of one call besides its arguments. */
export interface Call<Item> {
  /** Aborted when the client goes away. */
  readonly signal: AbortSignal;
  /** What the client sends after its arguments. */
  readonly input: NodeJS.ReadableStream;
  /** Resolves when the client can take more. */
  readonly send: (item: Item) => Promise<void>;
}

export type Handlers = {
  readonly [Name in MethodName]: (
    args: Methods[Name]['arguments'],
    call: Call<Methods[Name]['item']>,
  ) => Promise<Methods[Name]['result']>;
};

/** One line to the agent, as JSON: first the method, then what the call reads as its input, in base64, and its end. */
export type Question = { readonly method: string; readonly args: unknown } | { readonly input: string | null };

/**
 * One line of an answer, as JSON: any number of items, and last the result or the error. An answer that ends with
 * neither was cut off.
 */
export type Answer =
  | { readonly item: unknown }
  | { readonly result: unknown }
  | { readonly error: import('./wireError.ts').WireError };
