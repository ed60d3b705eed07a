import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

import type { SeenRequest } from '../memoryRegistry.ts';
import type { MemoryStore } from './store.ts';

/** What a registry does instead of its work. */
export type Fault =
  | {
      readonly kind: 'status';
      readonly status: number;
      readonly headers?: Record<string, string>;
      readonly body?: string;
    }
  /** The connection ends after so many bytes of the request's body; an upload keeps those it was sent. */
  | { readonly kind: 'reset'; readonly afterBytes?: number }
  /** An answer that never ends. */
  | { readonly kind: 'endless'; readonly headers?: Record<string, string> }
  /** A body other than the one that was asked for; shorter than announced where `announced` says so. */
  | {
      readonly kind: 'body';
      readonly body: Buffer;
      readonly headers?: Record<string, string>;
      readonly announced?: number;
    }
  | { readonly kind: 'silence' }
  | { readonly kind: 'delay'; readonly ms: number };

/** Asked for each request; `count` is how many of the same method and path came before. */
export type FaultScript = (request: SeenRequest, count: number) => Fault | undefined;

export function scripted(script: FaultScript | undefined): (request: SeenRequest) => Fault | undefined {
  const counts = new Map<string, number>();
  return (request) => {
    const key = `${request.method} ${request.url.replace(/[0-9a-f]{8}-[0-9a-f-]{27}.*/, '<upload>')}`;
    const count = counts.get(key) ?? 0;
    counts.set(key, count + 1);
    return script?.(request, count);
  };
}

/** True where the request is answered by it. */
export async function misbehave(
  fault: Fault,
  request: IncomingMessage,
  response: ServerResponse,
  store: MemoryStore,
): Promise<boolean> {
  switch (fault.kind) {
    case 'status':
      request.resume();
      response.writeHead(fault.status, fault.headers).end(fault.body ?? '');
      return true;
    case 'reset':
      await cut(request, store, fault.afterBytes ?? 0);
      return true;
    case 'endless':
      response.writeHead(200, fault.headers);
      await flood(response);
      return true;
    case 'body':
      response.writeHead(200, { 'content-length': String(fault.announced ?? fault.body.length), ...fault.headers });
      response.write(fault.body);
      if (fault.announced === undefined) response.end();
      else setTimeout(() => response.destroy(), 20);
      return true;
    case 'silence':
      return true;
    case 'delay':
      await sleep(fault.ms);
      return false;
  }
}

async function cut(request: IncomingMessage, store: MemoryStore, afterBytes: number): Promise<void> {
  // Leaving the loop takes the socket from the request.
  const { socket } = request;
  const upload = store.uploads.get(/\/uploads\/([0-9a-f-]{36})/.exec(request.url ?? '')?.[1] ?? '');
  let size = 0;
  if (afterBytes > 0) {
    for await (const chunk of request as AsyncIterable<Buffer>) {
      const part = chunk.subarray(0, afterBytes - size);
      size += part.length;
      upload?.add(part);
      if (size >= afterBytes) break;
    }
  }
  socket.resetAndDestroy();
}

async function flood(response: ServerResponse): Promise<void> {
  const chunk = Buffer.alloc(64 * 1024, ' ');
  const closed = once(response, 'close');
  while (!response.destroyed) {
    if (!response.write(chunk)) await Promise.race([once(response, 'drain').catch(() => undefined), closed]);
  }
}
