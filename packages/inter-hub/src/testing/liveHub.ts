import { once } from 'node:events';
import type { Server } from 'node:http';
import { serve as listen } from '@hono/node-server';
import { type TestHub, testHub } from './hub.ts';
import { closeAtEnd } from './postgres.ts';

/** A test hub on a port of its own, for browsers and clients of sockets. */
export async function liveHub(): Promise<TestHub & { readonly url: string }> {
  const hub = await testHub();
  const server = listen({ fetch: hub.app.fetch, port: 0, hostname: '127.0.0.1' }) as Server;
  if (!server.listening) await once(server, 'listening');
  const address = server.address();
  closeAtEnd(async () => {
    server.closeAllConnections();
    await new Promise((done) => server.close(done));
  });
  return { ...hub, url: `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}` };
}
