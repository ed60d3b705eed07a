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
  const instance = request.instance === undefined ? entry.active : entry.instances.get(request.instance);
  if (!request.follow) {
    const id = request.instance ?? instance?.spec.id;
    if (instance) yield* await instance.log.tail(request.tail);
    else if (id !== undefined) yield* await readTail(`${targetLogsDir(logsDir, entry.target)}/${id}`, id, request.tail);
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
