import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

import { problemOf } from '../../../domain/failure.ts';
import { createForwarder } from './forward.ts';
import { isWebSocketUpgrade, normaliseTarget } from './headers.ts';
import { hostNameOf } from './hostNames.ts';
import { listenOnLoopback } from './listen.ts';
import {
  badGatewayPage,
  badRequestPage,
  gatewayTimeoutPage,
  type Page,
  rawPage,
  sendPage,
  unknownHostPage,
  unreadyPage,
} from './pages.ts';
import type { Resolution, Resolve } from './upstream.ts';
import { createWebSocketForwarder, HandshakeTimeout } from './webSocket.ts';

/** Leads every host name to the instance that serves it at that moment. */
export interface Router {
  readonly port: number;
  close(): void;
}

export interface RouterOptions {
  /** 0: any free one. */
  readonly port: number;
  readonly resolve: Resolve;
  /** How long an app may take to answer a WebSocket's handshake; a minute unless given, as nginx has it. */
  readonly handshakeTimeoutMs?: number;
}

/** @throws Failure where the port is taken */
export async function openRouter({ port, resolve, handshakeTimeoutMs = 60_000 }: RouterOptions): Promise<Router> {
  const handlers = createHandlers(resolve, handshakeTimeoutMs);
  const { servers, port: chosen } = await listenOnLoopback(() => serverOf(handlers), port);
  return {
    port: chosen,
    close: () => {
      for (const server of servers) {
        server.close();
        server.closeAllConnections();
      }
    },
  };
}

interface Handlers {
  request(request: IncomingMessage, response: ServerResponse): Promise<void>;
  upgrade(request: IncomingMessage, socket: Socket, head: Buffer): Promise<void>;
}

function serverOf(handlers: Handlers): Server {
  const server = createServer({
    // An upload may take as long as it likes once its headers are there.
    requestTimeout: 0,
    // Longer than clients keep idle connections, so that they are the ones who close: a connection closed by us in the
    // instant it is used again is a failed request.
    keepAliveTimeout: 120_000,
    // Offers such as HTTP/2 over clear text are declined by answering the request as it is.
    shouldUpgradeCallback: isWebSocketUpgrade,
    maxHeaderSize: 64 * 1024,
  });
  server.on('request', (request, response) => void handlers.request(request, response));
  server.on('upgrade', (request, socket, head) => void handlers.upgrade(request, socket as Socket, head));
  return server;
}

function createHandlers(resolve: Resolve, handshakeTimeoutMs: number): Handlers {
  const requests = createForwarder();
  const webSockets = createWebSocketForwarder(handshakeTimeoutMs);

  return {
    request: async (request, response) => {
      if (!normaliseTarget(request)) return refuse(request, response, badRequestPage);
      const found = resolve(hostNameOf(request.headers.host));
      if (found.kind !== 'ready') return refuse(request, response, pageOf(found, request));
      try {
        await requests.forward(request, response, found.upstream);
      } catch (error) {
        // Half an answer must not look like a whole one, and a client that is gone gets none.
        if (response.headersSent || response.destroyed) response.destroy();
        else refuse(request, response, badGatewayPage(found.app, found.stage, problemOf(error)));
      }
    },

    upgrade: async (request, socket, head) => {
      // Sockets that break off at the wrong moment are the client's affair, not the agent's end.
      socket.on('error', () => socket.destroy());
      const found = normaliseTarget(request) ? resolve(hostNameOf(request.headers.host)) : undefined;
      if (!found || !isWebSocketUpgrade(request)) return void socket.end(rawPage(badRequestPage));
      if (found.kind !== 'ready') return void socket.end(rawPage(pageOf(found, request)));
      const { app, stage, upstream } = found;
      await webSockets.forward(request, socket, head, upstream, (reason) => {
        const page = reason instanceof HandshakeTimeout ? gatewayTimeoutPage : badGatewayPage;
        socket.end(rawPage(page(app, stage, problemOf(reason))));
      });
    },
  };
}

function pageOf(found: Exclude<Resolution, { kind: 'ready' }>, request: IncomingMessage): Page {
  return found.kind === 'unknown'
    ? unknownHostPage(hostNameOf(request.headers.host), found.urls)
    : unreadyPage(found.app, found.stage, found.reason, found.retryAfterS);
}

/** Answers without the app. The body is read to its end, so that the client gets to read the answer. */
function refuse(request: IncomingMessage, response: ServerResponse, page: Page): void {
  request.resume();
  sendPage(response, page);
}
