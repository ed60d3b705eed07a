import type { ClientRequest, IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { createProxyServer } from 'httpxy';

import { rewriteRequestHeaders } from './headers.ts';
import type { Upstream } from './upstream.ts';

/** The app left a handshake without an answer. */
export class HandshakeTimeout extends Error {}

export interface WebSocketForwarder {
  /**
   * Passes a WebSocket on, from its handshake to its end. `refuse` is called with the reason where the app did not answer
   * the handshake: nothing was sent to the client then. Never rejects.
   */
  forward(
    request: IncomingMessage,
    socket: Socket,
    head: Buffer,
    upstream: Upstream,
    refuse: (reason: unknown) => void,
  ): Promise<void>;
}

/** @param handshakeTimeoutMs how long an app may take to answer a handshake */
export function createWebSocketForwarder(handshakeTimeoutMs: number): WebSocketForwarder {
  // Not the library's `proxyUpgrade`: it makes a URL of host and port, and an IPv6 address is none without brackets.
  const proxy = createProxyServer();
  const onOutgoing = new WeakMap<IncomingMessage, (outgoing: ClientRequest) => void>();
  // The library ends the client's connection on every error. What is added here is called before.
  proxy.on('proxyReqWs', (outgoing, request) => onOutgoing.get(request)?.(outgoing));

  return {
    forward: async (request, socket, head, { host, port, exchanges }, refuse) => {
      const sides = [socket];
      // Until it is answered it is a request, which draining waits for.
      const exchange = exchanges.open('request', () => sides.forEach(endSoon));
      let answered = false;
      const fail = (reason: unknown) => {
        if (answered || !socket.writable) return;
        answered = true;
        socket.once('finish', () => endSoon(socket));
        refuse(reason);
      };
      socket.once('close', () => {
        for (const side of sides) side.destroy();
        exchange.end();
      });
      onOutgoing.set(request, (outgoing) => {
        limitWait(outgoing, socket, handshakeTimeoutMs);
        outgoing.once('error', fail);
        outgoing.once('response', () => {
          answered = true;
          socket.once('finish', () => endSoon(socket));
        });
        outgoing.once('upgrade', (_answer, upstreamSocket) => {
          answered = true;
          sides.push(upstreamSocket);
          exchange.becomeStream();
          upstreamSocket.once('close', () => socket.destroySoon());
        });
      });
      rewriteRequestHeaders(request);
      await proxy.ws(request, socket, { target: { host, port, protocol: 'http:' }, agent: false }, head).catch(fail);
    },
  };
}

/** Waits for the app's answer no longer than it may take, nor than the client is there. */
function limitWait(outgoing: ClientRequest, socket: Socket, timeoutMs: number): void {
  const late = () => {
    outgoing.destroy(new HandshakeTimeout(`did not answer the WebSocket's handshake within ${timeoutMs / 1000} s`));
  };
  const timer = setTimeout(late, timeoutMs);
  // Node leaves the other half of an upgraded connection open, until somebody closes it.
  const leave = () => socket.destroy();
  const cancel = () => outgoing.destroy();
  socket.once('end', leave).once('close', cancel);
  for (const event of ['response', 'upgrade', 'close']) {
    outgoing.once(event, () => {
      clearTimeout(timer);
      socket.off('end', leave);
    });
  }
}

/** Says goodbye, and hangs up on a peer that does not answer. */
function endSoon(socket: Socket): void {
  socket.end();
  setTimeout(() => socket.destroy(), 1000).unref();
}
