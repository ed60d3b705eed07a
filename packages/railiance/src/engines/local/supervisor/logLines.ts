import { readdir } from 'node:fs/promises';
import { join } from 'node:path';

import { exitCodes, Failure } from '../../../domain/failure.ts';
import { type Target, targetLabel } from '../../../domain/name.ts';
import type { LogLine } from '../../engine.ts';
import { targetLogsDir } from '../instances/evidence.ts';
import type { Instance } from '../instances/instance.ts';
import { readTail } from '../logs/instanceLog.ts';
import type { TargetEntry } from './targetEntry.ts';

export interface LogRequest {
  readonly follow: boolean;
  readonly tail: number;
  readonly instance?: string;
}

/** Lines that wait for a slow reader at most; older ones are dropped and counted. */
const longestQueue = 10_000;

/**
 * Last lines and, if wanted, each new one as it comes. Without an instance it is the active one, and after a switch the
 * one that is active then.
 */
export async function* logLines(
  entry: TargetEntry,
  request: LogRequest,
  logsDir: string,
  signal: AbortSignal,
): AsyncGenerator<LogLine> {
  const { instance: id } = request;
  const instance = id === undefined ? entry.active : entry.instances.get(id);
  if (id !== undefined && !instance) {
    yield* await linesOfEnded(entry.target, id, request.tail, logsDir);
    return;
  }
  if (!request.follow) {
    if (instance) yield* await instance.log.tail(request.tail);
    return;
  }
  const queue = createQueue(signal);
  const followed = new Map<Instance, Promise<() => void>>();
  const follow = (one: Instance, tail: number) => {
    if (!followed.has(one)) followed.set(one, one.log.follow(tail, queue.push));
  };
  if (instance) follow(instance, request.tail);
  const stopWatching = request.instance === undefined ? entry.onActivated((next) => follow(next, 0)) : () => {};
  try {
    yield* queue.lines();
  } finally {
    stopWatching();
    for (const stop of await Promise.all(followed.values())) stop();
  }
}

/** @throws Failure (invalid input) where nothing is kept of it */
async function linesOfEnded(target: Target, id: string, tail: number, logsDir: string): Promise<readonly LogLine[]> {
  const folder = targetLogsDir(logsDir, target);
  if ((await readdir(folder).catch((): string[] => [])).includes(id)) return await readTail(join(folder, id), id, tail);
  throw new Failure(
    `read the logs of ${targetLabel(target)}`,
    `there is no instance ${JSON.stringify(id)}, or none kept`,
    {
      hint: `railiance local status shows what runs, railiance history ${target.app} what ran`,
      exitCode: exitCodes.invalidInput,
    },
  );
}

function createQueue(signal: AbortSignal) {
  let waiting: LogLine[] = [];
  let dropped = 0;
  let wake = () => {};
  signal.addEventListener('abort', () => wake(), { once: true });
  return {
    push: (line: LogLine) => {
      waiting.push(line);
      if (waiting.length > longestQueue) {
        waiting.shift();
        dropped++;
      }
      wake();
    },
    lines: async function* (): AsyncGenerator<LogLine> {
      while (!signal.aborted) {
        const [first] = waiting;
        if (dropped > 0 && first) yield { ...first, stream: 'stderr', line: `[${dropped} lines came too fast]` };
        dropped = 0;
        const lines = waiting;
        waiting = [];
        yield* lines;
        if (waiting.length > 0 || signal.aborted) continue;
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    },
  };
}
