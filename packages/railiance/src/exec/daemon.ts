import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';

import { exitCodes, Failure, problemOf } from '../domain/failure.ts';
import type { Secret } from '../domain/secret.ts';
import { minimalEnvironment } from './environment.ts';
import { requireProgram } from './which.ts';

export interface DaemonSpec {
  readonly argv: readonly [string, ...string[]];
  /** Added to the minimal environment, as for any command. */
  readonly env?: Readonly<Record<string, string | Secret>>;
  readonly cwd: string;
  /** Takes both streams; appended to, created for its owner alone. */
  readonly logFile: string;
}

/**
 * Starts a program that outlives this one: a session of its own, nothing inherited but its log.
 * Resolves with its process id once it runs.
 * @throws Failure when it cannot be started
 */
export async function startDaemon({ argv: [program, ...args], env, cwd, logFile }: DaemonSpec): Promise<number> {
  const environment = minimalEnvironment(env);
  const file = requireProgram(program, environment.PATH);
  let log: number | undefined;
  try {
    log = openSync(logFile, 'a', 0o600);
    const child = spawn(file, args, { cwd, env: environment, detached: true, stdio: ['ignore', log, log] });
    await once(child, 'spawn');
    child.unref();
    return child.pid as number;
  } catch (error) {
    throw new Failure(`start ${JSON.stringify(program)} in the background`, problemOf(error), {
      exitCode: exitCodes.dependencyMissing,
    });
  } finally {
    if (log !== undefined) closeSync(log);
  }
}
