import { request as plainRequest } from 'node:http';
import { request as tlsRequest } from 'node:https';
import type { LookupFunction } from 'node:net';

const mostAnswerBytes = 64 * 1024;

export interface Post {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly lookup: LookupFunction;
  /** Ends it, whatever it has come to. */
  readonly signal: AbortSignal;
}

export interface PostAnswer {
  readonly status: number;
  /** Seconds to wait, or a date, as the receiver says. */
  readonly retryAfter?: string;
}

/** Sends one body and takes the status of the answer, never a redirect. @throws what the network said */
export function post({ url, headers, body, lookup, signal }: Post): Promise<PostAnswer> {
  const request = url.protocol === 'https:' ? tlsRequest : plainRequest;
  return new Promise((answered, failed) => {
    const sent = request(url, {
      method: 'POST',
      headers: { ...headers, 'Content-Type': 'application/json', 'Content-Length': String(Buffer.byteLength(body)) },
      lookup,
      signal,
    });
    sent.on('error', failed);
    sent.on('response', (answer) => {
      const retryAfter = answer.headers['retry-after'];
      answered({ status: answer.statusCode ?? 0, ...(retryAfter !== undefined && { retryAfter }) });
      let sizeBytes = 0;
      answer.on('error', () => undefined);
      answer.on('data', (chunk: Buffer) => {
        sizeBytes += chunk.byteLength;
        if (sizeBytes > mostAnswerBytes) sent.destroy();
      });
    });
    sent.end(body);
  });
}
