import { PassThrough } from 'node:stream';

import { commands } from '../cli/commands.ts';
import type { Environment } from '../cli/output/terminal.ts';
import type { Streams } from '../cli/output.ts';
import { runCommandLine } from '../cli/run.ts';

export interface CommandLineResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CommandLineOptions {
  readonly cwd: string;
  readonly env: Environment;
  /** Piped into standard input; without it, the input ends at once. */
  readonly input?: string;
}

/** Runs one command line in this process, with nobody at a terminal. */
export async function commandLine(
  argv: readonly string[],
  { cwd, env, input = '' }: CommandLineOptions,
): Promise<CommandLineResult> {
  const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()];
  stdin.end(input);
  const texts = [collected(stdout), collected(stderr)] as const;
  const streams = { stdin, stdout, stderr } as unknown as Streams;
  const signals = { on: () => process, off: () => process } as unknown as Pick<NodeJS.Process, 'on' | 'off'>;
  const exit = (code: number): never => {
    throw new Error(`the process would have ended with ${code}`);
  };
  const exitCode = await runCommandLine(argv, { streams, env, cwd, version: '0.0.0', commands, signals, exit });
  return { exitCode, stdout: texts[0](), stderr: texts[1]() };
}

function collected(stream: PassThrough): () => string {
  const chunks: Buffer[] = [];
  stream.on('data', (chunk: Buffer) => chunks.push(chunk));
  return () => Buffer.concat(chunks).toString('utf8');
}
