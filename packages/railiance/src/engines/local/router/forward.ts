import type { ClientRequest, IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { createProxyServer, proxyUpgrade } from 'httpxy';

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

/** Passes requests on to instances. Rejects with the reason where an instance gave no answer; nothing was sent then. */
export interface Forwarder {
  request(request: IncomingMessage, response: ServerResponse, upstream: Upstream): Promise<void>;
  /** A WebSocket, from its handshake on. */
  upgrade(request: IncomingMessage, socket: Socket, head: Buffer, upstream: Upstream): Promise<void>;
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

  async function send(request: IncomingMessage, response: ServerResponse, upstream: Upstream): Promise<void> {
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

  return {
    request: send,
    upgrade: async (request, socket, head, { host, port, exchanges }) => {
      let upstreamSocket: Socket | undefined;
      const exchange = exchanges.open('stream', () => {
        for (const side of [socket, upstreamSocket]) if (side) endSoon(side);
      });
      socket.once('close', () => {
        upstreamSocket?.destroy();
        exchange.end();
      });
      rewriteRequestHeaders(request);
      upstreamSocket = await proxyUpgrade({ host, port }, request, socket, head, { xfwd: false, agent: false });
      upstreamSocket.once('close', () => socket.destroySoon());
    },
  };
}

/** Says goodbye, and hangs up on a peer that does not answer. */
function endSoon(socket: Socket): void {
  socket.end();
  setTimeout(() => socket.destroy(), 1000).unref();
}
