import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { exitCodes, Failure } from '../../../domain/failure.ts';
import type { CommandResult } from '../../../exec/exec.ts';
import type { HelmPlace } from './helmPlace.ts';

/**
 * Longest time that one helm may run. Together with the time to kill it, it is below the rest that a lease has at its last
 * renewal: when another run may take over, no helm of this one writes any more.
 */
export const helmTimeoutMs = 12_000;

type Argv = readonly [string, ...string[]];

/**
 * Runs helm in a process group of its own, killed at the time-out and when the signal is aborted. A second watchdog, where
 * the system has one, also ends it while this process itself stands still, or is cut off from the machine that helm runs on.
 * @throws Failure with Helm's own last words
 */
export async function helmOrFail(place: HelmPlace, argv: Argv, signal: AbortSignal): Promise<CommandResult> {
  const guarded = place.guarded(argv, helmTimeoutMs / 1000);
  const result = await place.exec.run({ argv: guarded, signal, timeoutMs: helmTimeoutMs + 1_000 });
  signal.throwIfAborted();
  if (result.exitCode === 0) return result;
  const ended = result.timedOut || result.exitCode === 124 ? `did not end within ${helmTimeoutMs / 1000} s` : undefined;
  const where = place.machine === undefined ? '' : ` on ${place.machine}`;
  throw new Failure(`run ${argv[0]} ${argv[1]}${where}`, ended ?? helmWords(result), {
    exitCode: exitCodes.dependencyMissing,
  });
}

/** Helm's error without its repeated prefixes. */
export function helmWords({ stderr, exitCode, signal }: Pick<CommandResult, 'stderr' | 'exitCode' | 'signal'>): string {
  const lines = stderr.split('\n').filter((line) => line.trim() !== '' && !/^(WARNING|level=|coalesce)/i.test(line));
  const error = lines.findLast((line) => /^Error:/.test(line)) ?? lines.at(-1);
  return error?.replace(/^Error: /, '').trim() || `it ended with ${signal ?? `exit code ${exitCode}`}`;
}

/** Hands `work` a folder that is gone afterwards. */
export async function withFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'railiance-helm-'));
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

export async function writeValues(folder: string, name: string, values: unknown): Promise<string> {
  const file = join(folder, name);
  // JSON is YAML; https://helm.sh/docs/chart_template_guide/values_files/ asks for no more.
  await writeFile(file, JSON.stringify(values), { mode: 0o600 });
  return file;
}
