import { createWriteStream, existsSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Options, ResultPromise } from 'execa';

import { exitCodes, Failure, problemOf } from '../domain/failure.ts';
import { dieWithParent } from './dieWithParent.ts';
import { minimalEnvironment } from './environment.ts';
import type { Command, CommandResult, Exec } from './exec.ts';
import { type GivenInput, givenInput } from './input.ts';
import { createOutput, type Output } from './output.ts';
import { holdGroup, releaseGroup, terminateGroup } from './processGroup.ts';
import { type Redactor, redactNothing } from './redact.ts';
import { requireProgram } from './which.ts';

export interface LocalExecOptions {
  /** Takes secrets out of everything a program writes. */
  readonly redact?: Redactor;
  /** Between SIGTERM and SIGKILL to a group that has to end. */
  readonly graceMs?: number;
}

/** After its end, a program's pipes may be held open by what it left behind; they are waited for this long. */
const drainMs = 2_000;

/**
 * Runs programs of this machine.
 *
 * A command whose signal is aborted before the start throws the signal's reason; later the result says how the program
 * ended. Standard output is as written, but for secrets; standard error and lines are neutralised as well.
 */
export function createLocalExec({ redact = redactNothing, graceMs = 2_000 }: LocalExecOptions = {}): Exec {
  return {
    async run(command) {
      // With the first program: most commands that look at something start none.
      const { execa } = await import('execa');
      command.signal?.throwIfAborted();
      const env = minimalEnvironment(command.env);
      const [program, ...args] = checkedArgv(command);
      const file = requireProgram(program, env.PATH);
      const started = performance.now();
      const output = createOutput(redact, command.onLine);
      const [first = file, ...rest] = [...dieWithParent(), file];
      const input = givenInput(command.input);
      const child = execa(first, [...rest, ...args], spawnOptions(command, env, input.source));
      const ended = await waitForEnd(child, command, output, graceMs);
      input.check();
      return { ...ended, ...output.end(), durationMs: Math.round(performance.now() - started) };
    },
  };
}

function spawnOptions({ cwd }: Command, env: Record<string, string>, source: GivenInput['source']) {
  return {
    env,
    extendEnv: false,
    detached: true,
    buffer: false,
    encoding: 'buffer',
    reject: false,
    ...(cwd === undefined ? {} : { cwd }),
    ...(source === undefined ? { stdin: 'ignore' as const } : { input: source }),
  } as const satisfies Options;
}

async function waitForEnd(
  child: ResultPromise<ReturnType<typeof spawnOptions>>,
  command: Command,
  output: Output,
  graceMs: number,
): Promise<Pick<CommandResult, 'exitCode' | 'signal' | 'timedOut'>> {
  const { pid } = child;
  let timedOut = false;
  let stopped: Promise<void> | undefined;
  const stop = (): void => {
    if (pid !== undefined) stopped ??= terminateGroup(pid, graceMs);
  };
  const timer =
    command.timeoutMs === undefined
      ? undefined
      : setTimeout(() => {
          timedOut = true;
          stop();
        }, command.timeoutMs);
  command.signal?.addEventListener('abort', stop, { once: true });
  if (pid !== undefined) holdGroup(pid);
  const written = command.outputFile === undefined ? undefined : writeTo(command.outputFile, child.stdout, stop);
  // It is awaited after the program's end, and may fail long before.
  written?.catch(() => {});
  if (written === undefined) child.stdout.on('data', (chunk: Uint8Array) => output.push(chunk, 'stdout'));
  child.stderr.on('data', (chunk: Uint8Array) => output.push(chunk, 'stderr'));
  child.nodeChildProcess.once('exit', () => {
    setTimeout(() => {
      child.stdout.destroy();
      child.stderr.destroy();
    }, drainMs).unref();
  });
  try {
    const result = await child;
    await written;
    if (pid === undefined) throw notStarted(command, result);
    return { exitCode: result.exitCode ?? null, signal: result.signal ?? null, timedOut };
  } finally {
    clearTimeout(timer);
    command.signal?.removeEventListener('abort', stop);
    // What it started may have more of the grace to go than the program itself took.
    if (pid !== undefined) void Promise.resolve(stopped).then(() => releaseGroup(pid));
  }
}

/** Ends with the stream, or when it is cut off; a file that cannot be written stops the program. */
async function writeTo(file: string, stdout: Readable, stop: () => void): Promise<void> {
  try {
    await pipeline(stdout, createWriteStream(file, { mode: 0o600 }));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_STREAM_PREMATURE_CLOSE') return;
    stop();
    throw new Failure(`write ${file}`, problemOf(error), { cause: error });
  }
}

function checkedArgv({ argv }: Command): Command['argv'] {
  if (argv.some((argument) => argument.includes('\0'))) {
    throw new Failure('run a program', 'an argument holds a NUL character', { exitCode: exitCodes.invalidInput });
  }
  return argv;
}

function notStarted({ argv, cwd }: Command, { code }: { code?: string | undefined }): Failure {
  const problem =
    cwd !== undefined && !existsSync(cwd) ? `the folder ${cwd} does not exist` : `it could not be started (${code})`;
  return new Failure(`run ${JSON.stringify(argv[0])}`, problem, { exitCode: exitCodes.dependencyMissing });
}
