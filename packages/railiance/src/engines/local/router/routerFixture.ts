import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after } from 'node:test';

import { Exchanges } from './exchanges.ts';
import { openRouter, type RouterOptions } from './router.ts';
import { createUpstream, type Resolution, type Upstream } from './upstream.ts';

/** The one host name that routers made here lead on. */
export const hostName = 'probe.canary.localhost';

/** Called after the tests of the file. */
export const closers: (() => void)[] = [];
after(() => {
  for (const close of closers) close();
});

export interface TestApp {
  readonly server: Server;
  readonly upstream: Upstream;
}

export async function app(listener: RequestListener, host = '127.0.0.1'): Promise<TestApp> {
  const server = createServer(listener).listen({ host, port: 0 });
  await once(server, 'listening');
  const upstream = createUpstream(host, (server.address() as AddressInfo).port, new Exchanges());
  closers.push(() => {
    upstream.agent.destroy();
    server.close();
    server.closeAllConnections();
  });
  return { server, upstream };
}

/** Port of a router that leads to this app at this moment, or to none that is ready. */
export async function routerTo(
  upstream: () => Upstream | undefined,
  options: Partial<RouterOptions> = {},
): Promise<number> {
  const target = { app: 'probe', stage: 'canary' };
  const resolve = (host: string): Resolution => {
    const to = upstream();
    if (host !== hostName) return { kind: 'unknown', urls: [`http://${hostName}`] };
    if (!to) return { kind: 'unready', ...target, reason: 'it is starting', retryAfterS: 1 };
    return { kind: 'ready', ...target, upstream: to };
  };
  const router = await openRouter({ port: 0, resolve, ...options });
  closers.push(() => router.close());
  return router.port;
}
