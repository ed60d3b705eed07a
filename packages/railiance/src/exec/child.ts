import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';

import { exitCodes, Failure, problemOf } from '../domain/failure.ts';
import type { Secret } from '../domain/secret.ts';
import { dieWithParent } from './dieWithParent.ts';
import { revealed } from './environment.ts';
import { createLineReader } from './lines.ts';
import { holdGroup, releaseGroup, signalGroup } from './processGroup.ts';
import { type Redactor, redactNothing } from './redact.ts';
import { requireProgram } from './which.ts';

type Stream = 'stdout' | 'stderr';

export interface ChildSpec {
  readonly argv: readonly [string, ...string[]];
  /** The whole environment; nothing is inherited. */
  readonly env: Readonly<Record<string, string | Secret>>;
  readonly cwd?: string;
  readonly redact?: Redactor;
  /** Each line of the output, bounded, neutralised, redacted. */
  readonly onLine?: (line: string, stream: Stream) => void;
  /** Instead of lines: the bytes as they come. */
  readonly onBytes?: (chunk: Uint8Array, stream: Stream) => void;
  /** Led to the program; absent: it reads nothing. */
  readonly stdin?: NodeJS.ReadableStream;
}

/** A program that runs as long as it likes, and dies with this process. What it leaves of its group dies with it. */
export interface Child {
  /** Also the id of its process group and session. */
  readonly pid: number;
  /** Resolves as soon as the program has ended, whoever may still hold its output open. */
  readonly ended: Promise<void>;
  /** Resolves when the program has ended and its output was read to the end (at most two seconds later). */
  readonly exited: Promise<{ readonly exitCode: number | null; readonly signal: string | null }>;
  /** To the program alone; false where it has ended. */
  signal(signal: NodeJS.Signals): boolean;
  /** To every process of its group; false where none is left. */
  signalGroup(signal: NodeJS.Signals): boolean;
}

/** Pipes may be held open by what a program left behind; they are waited for this long after its end. */
const drainMs = 2_000;

/** @throws Failure (exit code 6) when the program cannot be started */
export async function startChild(spec: ChildSpec): Promise<Child> {
  const [program, ...args] = spec.argv;
  const env = revealed(spec.env);
  const file = requireProgram(program, env.PATH ?? process.env.PATH);
  const [first = file, ...rest] = [...dieWithParent(), file, ...args];
  const child = spawn(first, rest, {
    env,
    detached: true,
    stdio: [spec.stdin ? 'pipe' : 'ignore', 'pipe', 'pipe'],
    ...(spec.cwd === undefined ? {} : { cwd: spec.cwd }),
  });
  const ended = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
  });
  const exited = exitOf(child);
  try {
    await once(child, 'spawn');
  } catch (error) {
    throw new Failure(`start ${JSON.stringify(program)}`, problemOf(error), { exitCode: exitCodes.dependencyMissing });
  }
  const pid = child.pid as number;
  holdGroup(pid);
  void exited.then(() => releaseGroup(pid));
  connect(child, spec);
  return {
    pid,
    ended,
    exited,
    signal: (signal) => child.kill(signal),
    signalGroup: (signal) => signalGroup(pid, signal),
  };
}

function connect({ stdin, stdout, stderr }: ChildProcess, spec: ChildSpec): void {
  if (stdin && spec.stdin) {
    // The program may end or close its input at any time; its exit tells the story.
    stdin.on('error', () => undefined);
    spec.stdin.pipe(stdin);
  }
  for (const [name, stream] of [['stdout', stdout] as const, ['stderr', stderr] as const]) {
    const { onBytes, onLine } = spec;
    if (onBytes) stream?.on('data', (chunk: Uint8Array) => onBytes(chunk, name));
    const lines = createLineReader(spec.redact ?? redactNothing, (line) => onLine?.(line, name));
    if (!onBytes) stream?.on('data', (chunk: Uint8Array) => lines.push(chunk)).on('close', () => lines.end());
  }
}

function exitOf(child: ChildProcess): Child['exited'] {
  return new Promise((resolve) => {
    child.once('exit', () => {
      if (child.pid !== undefined) signalGroup(child.pid, 'SIGKILL');
      setTimeout(() => {
        child.stdout?.destroy();
        child.stderr?.destroy();
      }, drainMs).unref();
    });
    child.once('close', (exitCode, signal) => resolve({ exitCode, signal }));
  });
}
