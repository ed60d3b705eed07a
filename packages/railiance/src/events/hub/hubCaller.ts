import type { IncomingMessage } from 'node:http';

import { askHub, type HubKey, readBody } from './askHub.ts';
import { HubProblem, problemIn, unreachable } from './hubProblem.ts';

export interface HubCall {
  readonly method: 'GET' | 'POST' | 'PUT';
  /** From `/api/v2` on. */
  readonly path: string;
  readonly json?: unknown;
  /** Of the body; JSON where it is not named. */
  readonly type?: string;
  readonly signal: AbortSignal;
}

/** One hub, with the key that opens it. All of it throws HubProblem, or the reason of an aborted signal. */
export interface HubCaller {
  readonly url: string;
  /** The whole answer, from JSON. */
  ask<Answer>(call: HubCall): Promise<Answer>;
  /** The head of an answer that goes on for as long as it likes. */
  open(path: string, signal: AbortSignal): Promise<IncomingMessage>;
}

export interface HubCallerOptions {
  readonly url: string;
  readonly key: HubKey;
  /** How long one answer may take. */
  readonly timeoutMs?: number;
}

const answersWithinMs = 15_000;

export function createHubCaller({ url, key, timeoutMs = answersWithinMs }: HubCallerOptions): HubCaller {
  return {
    url,
    async ask<Answer>({ method, path, json, type = 'application/json', signal }: HubCall): Promise<Answer> {
      const within = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
      const text = await asProblems(signal, within, async () => {
        const body = json === undefined ? {} : { body: JSON.stringify(json), headers: { 'content-type': type } };
        const answer = await askHub(url, key, { method, path, ...body, signal: within });
        const read = await readBody(answer);
        refuse(answer, read);
        return read;
      });
      try {
        return JSON.parse(text) as Answer;
      } catch {
        throw new HubProblem('what answers there is no hub', 'person');
      }
    },
    async open(path, signal) {
      const opening = new AbortController();
      const timer = setTimeout(() => opening.abort(new DOMException('no answer', 'TimeoutError')), timeoutMs);
      const within = AbortSignal.any([signal, opening.signal]);
      try {
        return await asProblems(signal, within, async () => {
          const headers = { accept: 'text/event-stream' };
          const answer = await askHub(url, key, { method: 'GET', path, headers, signal: within });
          if (answer.statusCode !== 200) refuse(answer, await readBody(answer));
          return answer;
        });
      } finally {
        clearTimeout(timer);
      }
    },
  };
}

function refuse({ statusCode: status = 0, headers }: IncomingMessage, body: string): void {
  if (status < 200 || status > 299) throw problemIn(status, headers, body, new Date());
}

async function asProblems<T>(stop: AbortSignal, within: AbortSignal, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    stop.throwIfAborted();
    if (error instanceof HubProblem) throw error;
    throw unreachable(within.aborted ? within.reason : error);
  }
}
