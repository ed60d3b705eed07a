import { writeFile } from 'node:fs/promises';
import { basename } from 'node:path';

import { exitCodes, Failure } from '../domain/failure.ts';
import { minimalEnvironment } from '../exec/environment.ts';
import type { Command, CommandResult, Exec } from '../exec/exec.ts';
import { createOutput } from '../exec/output.ts';
import { type Redactor, redactNothing } from '../exec/redact.ts';

export interface FakeCall {
  readonly args: readonly string[];
  /** As the program would see it, secrets revealed. */
  readonly env: Readonly<Record<string, string>>;
  readonly input: string;
}

export interface FakeAnswer {
  readonly exitCode?: number;
  readonly stdout?: string | Uint8Array;
  readonly stderr?: string | Uint8Array;
}

/** Answers as a program would; a promise that never settles is a program that hangs. */
export type FakeProgram = (call: FakeCall) => FakeAnswer | Promise<FakeAnswer>;

export interface FakeExec extends Exec {
  /** Every command that was run, in order. */
  readonly commands: readonly Command[];
}

/** An Exec whose programs are functions, found by the name of the program without its folder. */
export function createFakeExec(
  programs: Readonly<Record<string, FakeProgram>>,
  redact: Redactor = redactNothing,
): FakeExec {
  const commands: Command[] = [];
  return {
    commands,
    async run(command) {
      command.signal?.throwIfAborted();
      commands.push(command);
      const [name, ...args] = command.argv;
      const program = Object.hasOwn(programs, basename(name)) ? programs[basename(name)] : undefined;
      if (!program) throw notFound(name);
      const started = performance.now();
      const env = minimalEnvironment(command.env);
      const input = await textOf(command.input);
      const ended = await untilStopped(Promise.resolve(program({ args, env, input })), command);
      const output = createOutput(redact, command.onLine);
      const stdout = Buffer.from(ended.answer?.stdout ?? '');
      if (command.outputFile === undefined) output.push(stdout, 'stdout');
      else await writeFile(command.outputFile, stdout);
      output.push(Buffer.from(ended.answer?.stderr ?? ''), 'stderr');
      return { ...ended.end, ...output.end(), durationMs: Math.round(performance.now() - started) };
    },
  };
}

async function textOf(input: Command['input'] = ''): Promise<string> {
  if (typeof input === 'string') return input;
  if (input instanceof Uint8Array) return Buffer.from(input).toString();
  const chunks: Uint8Array[] = [];
  for await (const chunk of input) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

type End = Pick<CommandResult, 'exitCode' | 'signal' | 'timedOut'>;

function untilStopped(
  running: Promise<FakeAnswer>,
  { timeoutMs, signal }: Command,
): Promise<{ end: End; answer?: FakeAnswer }> {
  return new Promise((resolve, reject) => {
    const stopped = (timedOut: boolean) => resolve({ end: { exitCode: null, signal: 'SIGTERM', timedOut } });
    const timer = timeoutMs === undefined ? undefined : setTimeout(stopped, timeoutMs, true);
    const onAbort = () => stopped(false);
    signal?.addEventListener('abort', onAbort, { once: true });
    running
      .then((answer) => resolve({ end: { exitCode: answer.exitCode ?? 0, signal: null, timedOut: false }, answer }))
      .catch(reject)
      .finally(() => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', onAbort);
      });
  });
}

function notFound(name: string): Failure {
  return new Failure(`run ${JSON.stringify(name)}`, 'there is no such program in PATH (the fake has none)', {
    hint: `install ${name}, or add its folder to PATH`,
    exitCode: exitCodes.dependencyMissing,
  });
}
