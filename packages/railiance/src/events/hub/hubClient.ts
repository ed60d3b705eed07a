import { type CloudEvent, mostInBatch } from '../cloudEvent.ts';
import { askHub, type HubKey, readBody } from './askHub.ts';
import { HubProblem, problemIn, unreachable } from './hubProblem.ts';

/** What became of a batch: each event is stored once, whoever sent it before. */
export interface BatchReceipt {
  readonly stored: number;
  readonly duplicates: number;
  /** Stored before with another body: by another version of railiance, say. The first one stays. */
  readonly conflicts: number;
}

export interface HubClient {
  /** Resolves once the hub has all of them on its disk. @throws HubProblem */
  send(events: readonly CloudEvent[], signal: AbortSignal): Promise<BatchReceipt>;
}

export interface HubClientOptions {
  readonly url: string;
  readonly key: HubKey;
  readonly timeoutMs?: number;
}

const answersWithinMs = 15_000;

export function createHubClient({ url, key, timeoutMs = answersWithinMs }: HubClientOptions): HubClient {
  return {
    async send(events, signal) {
      if (events.length > mostInBatch) throw new Error(`a batch holds at most ${mostInBatch} events`);
      const { stored, duplicates, conflicts } = await ask<BatchReceipt>({
        url,
        key,
        path: '/events',
        type: 'application/cloudevents-batch+json',
        body: events,
        signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
        stop: signal,
      });
      if (stored + duplicates + conflicts === events.length) return { stored, duplicates, conflicts };
      throw new HubProblem('the hub did not say what became of each event', 'wait');
    },
  };
}

interface Asked {
  readonly url: string;
  readonly key: HubKey;
  readonly path: string;
  readonly type: string;
  readonly body: unknown;
  readonly signal: AbortSignal;
  /** Of whoever asks; its reason is thrown as it is. */
  readonly stop: AbortSignal;
}

async function ask<Answer>({ url, key, path, type, body, signal, stop }: Asked): Promise<Answer> {
  let status: number;
  let headers: NodeJS.Dict<string | string[]>;
  let text: string;
  try {
    const answer = await askHub(url, key, {
      method: 'POST',
      path,
      headers: { 'content-type': type },
      body: JSON.stringify(body),
      signal,
    });
    status = answer.statusCode ?? 0;
    headers = answer.headers;
    text = await readBody(answer);
  } catch (error) {
    stop.throwIfAborted();
    throw unreachable(signal.aborted ? signal.reason : error);
  }
  if (status < 200 || status > 299) throw problemIn(status, headers, text, new Date());
  try {
    return JSON.parse(text) as Answer;
  } catch {
    throw new HubProblem('what answers there is no hub', 'person');
  }
}
