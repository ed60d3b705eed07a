import { spawn } from 'node:child_process';

import { minimalEnvironment } from './environment.ts';
import { requireProgram } from './which.ts';

export interface LastProgram {
  readonly argv: readonly [string, ...string[]];
  /** Added to the minimal environment. */
  readonly env: Readonly<Record<string, string>>;
}

/**
 * Has a program start in the background, in a session of its own and without any output, when this process ends; only
 * SIGKILL leaves it no time for that.
 * @returns what takes it back
 * @throws Failure (exit code 6) where there is no such program
 */
export function startAtExit({ argv: [program, ...args], env: added }: LastProgram): () => void {
  const env = minimalEnvironment(added);
  const file = requireProgram(program, env.PATH);
  const start = () => void spawn(file, args, { cwd: '/', env, detached: true, stdio: 'ignore' });
  process.once('exit', start);
  return () => process.off('exit', start);
}
