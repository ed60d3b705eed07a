import { createServer, type Server } from 'node:http';
import { serve } from '@hono/node-server';
import type { Hono } from 'hono';
import { answerClientErrors } from './clientErrors.ts';
import type { HubEnv } from './env.ts';
import { HeadedResponse } from './headedResponse.ts';

/** Opens the port for the app; `listening` comes later. */
export function startServer(app: Hono<HubEnv>, port: number, host: string): Server {
  const serverOptions = { ServerResponse: HeadedResponse };
  const server = serve({ fetch: app.fetch, port, hostname: host, createServer, serverOptions }) as Server;
  limit(server);
  answerClientErrors(server);
  return server;
}

/** Slow clients and idle ones are let go, so that they cannot hold every connection. */
function limit(server: Server): void {
  server.headersTimeout = 10_000;
  server.requestTimeout = 30_000;
  server.keepAliveTimeout = 65_000;
  server.maxHeadersCount = 100;
}
