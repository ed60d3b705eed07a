import { setTimeout as wait } from 'node:timers/promises';

import type { HubCaller } from './hubCaller.ts';
import { HubProblem } from './hubProblem.ts';

const firstPauseMs = 500;
const longestPauseMs = 15_000;
/** The hub says something every 15 s, if only that it is still there. */
const silentForMs = 45_000;
const dataField = 'data:';

/**
 * Yields each time the stream is open anew and each time something comes over it; what it says is for the caller to look
 * up. A stream that breaks or falls silent is opened again, after a pause that grows; only a no of the hub itself (a wrong
 * key, say) ends it.
 * https://html.spec.whatwg.org/multipage/server-sent-events.html
 * @throws HubProblem; the reason of the signal
 */
export async function* followStream(caller: HubCaller, path: string, signal: AbortSignal): AsyncGenerator<void> {
  let pauseMs = firstPauseMs;
  while (!signal.aborted) {
    try {
      const silence = new AbortController();
      const stream = await caller.open(path, AbortSignal.any([signal, silence.signal]));
      let timer = setTimeout(() => silence.abort(), silentForMs);
      try {
        yield;
        pauseMs = firstPauseMs;
        let unfinished = '';
        for await (const chunk of stream as AsyncIterable<Buffer>) {
          clearTimeout(timer);
          timer = setTimeout(() => silence.abort(), silentForMs);
          // A word may come in two pieces.
          const text = unfinished + chunk.toString('latin1');
          unfinished = text.slice(-(dataField.length - 1));
          if (text.includes(dataField)) yield;
        }
      } finally {
        clearTimeout(timer);
        stream.destroy();
      }
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof HubProblem && error.remedy !== 'wait') throw error;
    }
    await wait(pauseMs, undefined, { signal });
    pauseMs = Math.min(pauseMs * 2, longestPauseMs);
  }
  throw signal.reason;
}
