import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** An address that stays while what is behind it comes and goes: a port that was given back could be another's by then. */
export interface Address {
  readonly url: string;
  close(): void;
}

/** While nothing listens at `behind`, connections are dropped, as by a machine whose program has died. */
export async function openAddress(behind: () => string): Promise<Address> {
  const open = new Set<Socket>();
  const server = createServer((socket) => {
    const { hostname, port } = new URL(behind());
    const onward = connect({ host: hostname, port: Number(port) });
    for (const [one, other] of [
      [socket, onward],
      [onward, socket],
    ] as const) {
      open.add(one);
      one.pipe(other);
      one
        .on('error', () => other.destroy())
        .on('close', () => {
          open.delete(one);
          other.destroy();
        });
    }
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close() {
      server.close();
      for (const socket of open) socket.destroy();
    },
  };
}
