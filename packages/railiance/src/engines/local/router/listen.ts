import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import { exitCodes, Failure } from '../../../domain/failure.ts';

/**
 * Listens on both loopback addresses, on one port. Port 0: a free one.
 * @throws Failure (exit code 6) where the port is taken on either: half a machine's clients would reach another program
 */
export async function listenOnLoopback(createServer: () => Server, port: number): Promise<Listening> {
  for (let attempt = 1; ; attempt++) {
    const first = await listenOn(createServer(), '127.0.0.1', port);
    const chosen = (first.address() as AddressInfo).port;
    try {
      const second = await listenOn(createServer(), '::1', chosen);
      return { port: chosen, servers: [first, second] };
    } catch (error) {
      if (!isTaken(error)) return { port: chosen, servers: [first] };
      first.close();
      if (port !== 0 || attempt === 10) throw error;
    }
  }
}

export interface Listening {
  readonly port: number;
  readonly servers: readonly Server[];
}

async function listenOn(server: Server, host: string, port: number): Promise<Server> {
  server.listen({ host, port });
  try {
    await once(server, 'listening');
    return server;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EADDRINUSE') {
      throw new Failure('open the router', `port ${port} of ${host} is taken by another program`, {
        hint: 'choose another one: railiance local up --port <n>',
        exitCode: exitCodes.dependencyMissing,
        cause: error,
      });
    }
    if (code === 'EACCES') {
      throw new Failure('open the router', `this user may not listen on port ${port}`, {
        hint: 'choose one above 1023: railiance local up --port <n>',
        exitCode: exitCodes.dependencyMissing,
        cause: error,
      });
    }
    throw error;
  }
}

function isTaken(error: unknown): boolean {
  return error instanceof Failure;
}
