import type { Target } from '../../domain/name.ts';
import type { LogLine, LogOptions } from '../engine.ts';
import type { ControlClient } from './control/client.ts';

/** Turns the agent's lines into something to iterate over. Ends quietly when the signal is aborted. */
export async function* followLogs(
  client: ControlClient,
  target: Target,
  { follow, tail, instance, signal }: LogOptions,
): AsyncGenerator<LogLine> {
  const left = new AbortController();
  let waiting: LogLine[] = [];
  let wake = () => {};
  let ended = false;
  const request = { follow, tail, ...(instance === undefined ? {} : { instance }) };
  const answered = client.call(
    'logs',
    { target, request },
    {
      signal: AbortSignal.any([signal, left.signal]),
      onItem: (line) => {
        waiting.push(line);
        wake();
      },
    },
  );
  const end = answered.finally(() => {
    ended = true;
    wake();
  });
  end.catch(() => {});
  try {
    for (;;) {
      const lines = waiting;
      waiting = [];
      yield* lines;
      if (waiting.length > 0) continue;
      if (ended) break;
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
    if (!signal.aborted) await end;
  } finally {
    left.abort();
  }
}
