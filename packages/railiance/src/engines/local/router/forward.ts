import type { ClientRequest, IncomingMessage, ServerResponse } from 'node:http';
import { createProxyServer } from 'httpxy';

import type { Exchange } from './exchanges.ts';
import { hasBody, rewriteRequestHeaders, rewriteResponseHeaders } from './headers.ts';
import type { Upstream } from './upstream.ts';

interface Forwarded {
  readonly exchange: Exchange;
  readonly keepClient: boolean;
  outgoing?: ClientRequest;
  incoming?: IncomingMessage;
}

const safeToRepeat = new Set(['GET', 'HEAD', 'OPTIONS']);

export interface Forwarder {
  /** Passes a request on to an instance. Rejects with the reason where that gave no answer; nothing was sent then. */
  forward(request: IncomingMessage, response: ServerResponse, upstream: Upstream): Promise<void>;
}

export function createForwarder(): Forwarder {
  const underWay = new WeakMap<IncomingMessage, Forwarded>();
  const proxy = createProxyServer({ proxyTimeout: 0 });
  proxy.on('proxyReq', (outgoing, request) => {
    const forwarded = underWay.get(request);
    if (forwarded) forwarded.outgoing = outgoing;
  });
  proxy.on('proxyRes', (incoming, request) => {
    const forwarded = underWay.get(request);
    if (!forwarded) return;
    forwarded.incoming = incoming;
    rewriteResponseHeaders(incoming.headers, forwarded.keepClient);
    if (incoming.headers['content-type']?.startsWith('text/event-stream')) forwarded.exchange.becomeStream();
  });

  async function forward(request: IncomingMessage, response: ServerResponse, upstream: Upstream): Promise<void> {
    const { host, port, agent, exchanges } = upstream;
    const exchange = exchanges.open('request', () => {
      forwarded.incoming?.unpipe(response);
      response.end();
    });
    response.once('close', () => exchange.end());
    const keepClient = !/\bclose\b/i.test(request.headers.connection ?? '');
    const forwarded: Forwarded = { exchange, keepClient };
    underWay.set(request, forwarded);
    rewriteRequestHeaders(request);
    const target = { host, port, protocol: 'http:' };
    // An app may close an idle connection in the instant we use it again. What can be repeated unharmed takes that risk
    // and is sent once more; everything else gets a connection of its own and is sent once.
    const repeatable = safeToRepeat.has(request.method ?? '') && !hasBody(request);
    try {
      await proxy.web(request, response, { target, agent: repeatable ? agent : false });
    } catch (error) {
      if (!repeatable || !forwarded.outgoing?.reusedSocket || response.headersSent || response.destroyed) throw error;
      await proxy.web(request, response, { target, agent: false });
    }
  }

  return { forward };
}
