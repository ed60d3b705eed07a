import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants } from 'node:os';

import { exitCodes, Failure, problemOf } from '../domain/failure.ts';
import type { Secret } from '../domain/secret.ts';
import { revealed } from './environment.ts';
import { requireProgram } from './which.ts';

export interface ForegroundSpec {
  readonly argv: readonly [string, ...string[]];
  /** The whole environment; nothing is inherited. */
  readonly env: Readonly<Record<string, string | Secret>>;
}

/** What the terminal sends to every program in front of it, for the one that has it to answer. */
const terminalSignals = ['SIGINT', 'SIGQUIT'] as const;

/**
 * Gives this terminal to a program (an editor) and waits for its end. Ctrl-C is the program's own while it runs.
 * @returns its exit code, 128 and the signal's number where it was killed
 * @throws Failure (exit code 6) when it cannot be started
 */
export async function runForeground({ argv, env }: ForegroundSpec): Promise<number> {
  const [program, ...args] = argv;
  const environment = revealed(env);
  const file = requireProgram(program, environment.PATH ?? process.env.PATH);
  const restore = terminalSignals.map(setAside);
  try {
    const child = spawn(file, args, { env: environment, stdio: 'inherit' });
    const exit = once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>;
    const [exitCode, signal] = await exit;
    return exitCode ?? 128 + (signal === null ? 0 : constants.signals[signal]);
  } catch (error) {
    throw new Failure(`start ${JSON.stringify(program)}`, problemOf(error), { exitCode: exitCodes.dependencyMissing });
  } finally {
    for (const undo of restore) undo();
  }
}

/**
 * Becomes the program: same process, same terminal, same signals; its exit code is this process's own. Standard output
 * must be written before. Returns only by throwing.
 * @throws Failure (exit code 6) when it cannot be started
 */
export function becomeProgram({ argv, env }: ForegroundSpec): never {
  const [program, ...args] = argv;
  const environment = revealed(env);
  const file = requireProgram(program, environment.PATH ?? process.env.PATH);
  if (process.execve === undefined) {
    const problem = 'this system cannot replace one program by another';
    throw new Failure(`start ${JSON.stringify(program)}`, problem, { exitCode: exitCodes.dependencyMissing });
  }
  // Node announces on standard error that this is experimental; the program's output is to be its own.
  process.removeAllListeners('warning');
  return process.execve(file, [program, ...args], environment) as never;
}

function setAside(signal: (typeof terminalSignals)[number]): () => void {
  const listeners = process.listeners(signal);
  const ignore = () => undefined;
  process.removeAllListeners(signal);
  process.on(signal, ignore);
  return () => {
    process.off(signal, ignore);
    for (const listener of listeners) process.on(signal, listener);
  };
}
