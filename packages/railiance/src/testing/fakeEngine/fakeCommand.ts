import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { setTimeout as wait } from 'node:timers/promises';

import type { Target } from '../../domain/name.ts';

export interface FakeCommand extends Target {
  /** The last word says what it does: `say`, `fail`, `hang` or `echo`; anything else ends well at once. */
  readonly command: readonly string[];
  readonly timeoutMs: number;
  readonly key: string | undefined;
  readonly signal: AbortSignal;
  readonly stdin: NodeJS.ReadableStream | null;
  readonly onLine: (line: string) => void;
}

/** @throws the signal's reason when aborted */
export async function runFakeCommand(
  command: FakeCommand,
): Promise<{ readonly exitCode: number | null; readonly timedOut: boolean }> {
  const { app, stage, key, signal, onLine } = command;
  signal.throwIfAborted();
  switch (command.command.at(-1)) {
    case 'say':
      for (const line of [`hello from ${app} on ${stage}`, `key ${key}`, 'and an error']) onLine(line);
      return { exitCode: 0, timedOut: false };
    case 'fail':
      return { exitCode: 3, timedOut: false };
    case 'echo':
      onLine(`read ${command.stdin ? await text(command.stdin) : ''}`);
      return { exitCode: 0, timedOut: false };
    case 'hang':
      onLine('hanging');
      signal.throwIfAborted();
      await Promise.race([wait(command.timeoutMs, undefined, { ref: false }), once(signal, 'abort')]);
      signal.throwIfAborted();
      return { exitCode: null, timedOut: true };
    default:
      return { exitCode: 0, timedOut: false };
  }
}
