import { once } from 'node:events';
import { startServer } from '../http/startServer.ts';
import { type TestHub, testHub } from './hub.ts';
import { closeAtEnd } from './postgres.ts';

/** A test hub on a port of its own, for browsers and clients of sockets. */
export async function liveHub(): Promise<TestHub & { readonly url: string }> {
  const hub = await testHub();
  const server = startServer(hub.app, 0, '127.0.0.1');
  if (!server.listening) await once(server, 'listening');
  const address = server.address();
  closeAtEnd(async () => {
    server.closeAllConnections();
    await new Promise((done) => server.close(done));
  });
  return { ...hub, url: `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}` };
}
