import { type IncomingMessage, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';

import type { Secret } from '../../domain/secret.ts';

export interface HubQuestion {
  readonly method: 'GET' | 'POST' | 'PUT';
  /** From `/api/v2` on. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly signal: AbortSignal;
}

/** Undefined where no key is known: then the question is asked without one. */
export type HubKey = Secret | undefined;

/**
 * One request to a hub. Resolves with the head of the answer. Redirects are answers like any other: the key never
 * follows one to another host.
 * @throws the signal's reason; the system's error (ECONNREFUSED, ECONNRESET …)
 */
export async function askHub(url: string, key: HubKey, question: HubQuestion): Promise<IncomingMessage> {
  const { method, path, headers, body, signal } = question;
  const address = new URL(`${url}/api/v2${path}`);
  const request = address.protocol === 'https:' ? requestHttps : requestHttp;
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const outgoing = request(address, {
    method,
    // Of a URL Node takes the host name, whatever `host` says.
    hostname: hostOf(address.hostname),
    ...(address.protocol === 'https:' && { servername: address.hostname }),
    signal,
    headers: {
      host: address.host,
      accept: 'application/json',
      ...(key && { authorization: `Bearer ${key.reveal()}` }),
      ...(body !== undefined && { 'content-length': String(Buffer.byteLength(body)) }),
      ...headers,
    },
  });
  outgoing.once('response', resolve).on('error', reject).end(body);
  return await promise;
}

/** RFC 6761: names below `localhost` are this machine, though not every resolver knows it. */
function hostOf(hostname: string): string {
  if (hostname === 'localhost' || hostname.endsWith('.localhost')) return '127.0.0.1';
  return hostname.replace(/^\[(.*)\]$/, '$1');
}

const mostBytes = 4 << 20;

/** The whole body. @throws where it is longer than 4 MiB */
export async function readBody(answer: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    sizeBytes += chunk.length;
    if (sizeBytes > mostBytes) throw new Error('the answer is longer than 4 MiB');
  }
  return Buffer.concat(chunks).toString('utf8');
}
