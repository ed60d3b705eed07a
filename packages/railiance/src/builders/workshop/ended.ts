import { Failure } from '../../domain/failure.ts';
import type { CommandResult } from '../../exec/exec.ts';
import type { BuildRequest } from '../builder.ts';
import type { Workshop } from './workshop.ts';

/** @throws Failure with what the tool said last, where it did not succeed */
export function endedWell(
  { exitCode, signal: killedBy, timedOut, stdout, stderr, durationMs }: CommandResult,
  { app, signal }: BuildRequest,
  { tool, place }: Workshop,
): void {
  if (exitCode === 0) return;
  signal.throwIfAborted();
  const said = [stderr, stdout].map(lastWord).find((line) => line !== '');
  const ended = timedOut
    ? `did not end in ${Math.round(durationMs / 60_000)} minutes`
    : `ended with ${killedBy ?? `exit code ${exitCode}`}`;
  throw new Failure(
    `build ${app.slug} on ${place.name}`,
    `${tool.name} ${ended}${said === undefined ? '' : `: ${said}`}`,
    { hint: 'its output above says why' },
  );
}

/** Some tools write more below their error: where to read, or how much they were given. */
function lastWord(text: string): string {
  const lines = text.trim().split('\n');
  return lines.findLast((line) => /^error\b/i.test(line)) ?? lines.at(-1) ?? '';
}
