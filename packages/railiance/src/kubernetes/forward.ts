import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';

import type { Connection } from './connection.ts';

/** A port of this machine that leads to one of a pod. */
export interface ForwardedPort {
  readonly host: string;
  readonly port: number;
  /** Ends what goes through it. */
  close(): void;
}

/**
 * Leads a free port of the loopback address to a port of a pod, through the API server: for programs that speak TCP.
 * Source: https://kubernetes.io/docs/reference/using-api/websockets/ (streams 0 data and 1 error; each begins with the port).
 */
export async function forwardPort(
  { config }: Pick<Connection, 'config'>,
  pod: { readonly namespace: string; readonly name: string; readonly port: number },
): Promise<ForwardedPort> {
  const { WebSocketHandler } = await import('@kubernetes/client-node/dist/web-socket-handler.js');
  const [namespace, name] = [pod.namespace, pod.name].map(encodeURIComponent);
  const path = `/api/v1/namespaces/${namespace}/pods/${name}/portforward?ports=${pod.port}`;
  const sockets = new Set<Socket>();

  async function lead(socket: Socket): Promise<void> {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.pause();
    const withoutPort = [portSkipper(), portSkipper()];
    const connected = await new WebSocketHandler(config).connect(path, null, (stream, bytes) => {
      const rest = withoutPort[stream]?.(bytes) ?? bytes;
      if (stream === 0 && rest.length > 0) socket.write(rest);
      else if (rest.length > 0) socket.destroy();
      return !socket.destroyed;
    });
    connected.onclose = () => socket.destroy();
    socket.once('close', () => connected.close());
    socket.on('data', (bytes) => connected.send(Buffer.concat([Buffer.of(0), bytes])));
    socket.resume();
  }

  const server = createServer((socket) => void lead(socket).catch(() => socket.destroy()));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return {
    host: '127.0.0.1',
    port: typeof address === 'object' && address !== null ? address.port : 0,
    close() {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

/** Takes the port number, two bytes, off the beginning of a stream, however it is cut. */
function portSkipper(): (bytes: Buffer) => Buffer {
  let left = 2;
  return (bytes) => {
    const skipped = Math.min(left, bytes.length);
    left -= skipped;
    return bytes.subarray(skipped);
  };
}
