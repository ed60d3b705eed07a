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
  const first = await runHelm(place, argv, signal);
  const result = isConflict(argv, first) ? await runHelm(place, forced(argv), signal) : first;
  if (result.exitCode === 0) return result;
  throw helmFailure(place, argv, result);
}

/**
 * What a chart comes to. Helm asks nobody for that: what it refuses is wrong in the chart, or in its values.
 * @param chart as app.toml names it
 * @throws Failure (invalid input) with file and line, as Helm gives them
 */
export async function renderOrFail(place: HelmPlace, argv: Argv, chart: string, signal: AbortSignal): Promise<string> {
  const result = await runHelm(place, argv, signal);
  if (result.exitCode === 0) return result.stdout;
  if (result.exitCode !== 1) throw helmFailure(place, argv, result);
  throw new Failure(`render the chart ${chart}`, helmWords(result), {
    hint: 'mend the chart there, or give it what it reads in its values files',
    exitCode: exitCodes.invalidInput,
  });
}

/** Helm 4 leaves a field alone that somebody else wrote, and gives up; the plan said that it is put back, as Helm 3 does. */
function isConflict([, verb]: Argv, { exitCode, stderr }: CommandResult): boolean {
  return (verb === 'upgrade' || verb === 'rollback') && exitCode === 1 && /Apply failed with \d+ conflict/.test(stderr);
}

function forced([program, verb, ...rest]: Argv): Argv {
  return [program, String(verb), '--force-conflicts', ...rest];
}

/** What a helm came to, whatever it was. @throws the reason of the signal */
export async function runHelm(
  place: Pick<HelmPlace, 'exec' | 'guarded'>,
  argv: Argv,
  signal: AbortSignal,
  input?: AsyncIterable<Uint8Array>,
): Promise<CommandResult> {
  const guarded = place.guarded(argv, helmTimeoutMs / 1000);
  const timeoutMs = helmTimeoutMs + 1_000;
  const result = await place.exec.run({ argv: guarded, signal, timeoutMs, ...(input && { input }) });
  signal.throwIfAborted();
  return result;
}

function helmFailure({ machine }: HelmPlace, argv: Argv, result: CommandResult): Failure {
  const ended = result.timedOut || result.exitCode === 124 ? `did not end within ${helmTimeoutMs / 1000} s` : undefined;
  const where = machine === undefined ? '' : ` on ${machine}`;
  return new Failure(`run ${argv[0]} ${argv[1]}${where}`, ended ?? helmWords(result), {
    exitCode: exitCodes.dependencyMissing,
  });
}

const longestWords = 1_000;

/** Helm's error, all lines of it as one, without its repeated prefixes. */
export function helmWords({ stderr, exitCode, signal }: Pick<CommandResult, 'stderr' | 'exitCode' | 'signal'>): string {
  const lines = stderr.split('\n').filter((line) => line.trim() !== '' && !/^(WARNING|level=|coalesce)/i.test(line));
  const begin = lines.findLastIndex((line) => /^Error:/.test(line));
  const words = lines
    .slice(begin === -1 ? -1 : begin)
    .filter((line) => !/^Use --debug flag/.test(line))
    .map((line) => line.replace(/^Error: /, '').trim())
    .join(' ');
  return words.slice(0, longestWords) || `it ended with ${signal ?? `exit code ${exitCode}`}`;
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
