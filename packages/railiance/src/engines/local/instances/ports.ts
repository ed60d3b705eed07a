import { once } from 'node:events';
import { createServer } from 'node:net';

import { exitCodes, Failure } from '../../../domain/failure.ts';

/**
 * Below the range from which Linux and macOS take ports for outgoing connections (32768 and 49152 on): one of those
 * could be gone between our look and the app's own listening.
 */
const firstPort = 20_000;
const lastPort = 32_000;

/** Ports given to instances. One that is given is not given again until it is handed back. */
export interface Ports {
  /** @throws Failure where none is free */
  take(): Promise<number>;
  giveBack(port: number): void;
}

export function createPorts(random: () => number = Math.random): Ports {
  const taken = new Set<number>();
  return {
    take: async () => {
      for (let attempt = 0; attempt < 200; attempt++) {
        const port = firstPort + Math.floor(random() * (lastPort - firstPort));
        if (taken.has(port)) continue;
        taken.add(port);
        if (await isFree(port)) return port;
        taken.delete(port);
      }
      throw new Failure('find a free port', `none of 200 tried between ${firstPort} and ${lastPort} is free`, {
        exitCode: exitCodes.dependencyMissing,
      });
    },
    giveBack: (port) => void taken.delete(port),
  };
}

/** Free for an app that listens on every address, which is what most do. */
async function isFree(port: number): Promise<boolean> {
  for (const host of ['0.0.0.0', '127.0.0.1', '::', '::1']) {
    const server = createServer();
    server.listen({ host, port, exclusive: true });
    try {
      await once(server, 'listening');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE') return false;
    } finally {
      server.close();
    }
  }
  return true;
}
