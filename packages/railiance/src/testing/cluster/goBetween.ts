import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { AddressInfo } from 'node:net';

import { type Api, createApi } from '../../kubernetes/api.ts';
import type { Connection } from '../../kubernetes/connection.ts';

export interface Answered {
  readonly method: string;
  /** Path with its query. */
  readonly url: string;
  readonly status: number;
  /** As far as it came. */
  body: string;
}

/** Stands between a test and the real API server: what it passes on is the server's own, word for word. */
export interface GoBetween {
  readonly api: Api;
  readonly answered: readonly Answered[];
  /** Ends every watch as a server does whose time for it is over; the next ones wait at the door until `open` is called. */
  endWatches(): void;
  open(): void;
  close(): void;
}

export async function goBetween(behind: Connection): Promise<GoBetween> {
  const answered: Answered[] = [];
  const watches = new Set<() => void>();
  let door = Promise.resolve();
  let open = () => {};

  async function pass(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = 'GET', url = '/' } = request;
    const isWatch = url.includes('watch=true');
    if (isWatch) await door;
    const { host: _, connection: __, ...headers } = request.headers;
    const options = { ...(await behind.options('stream')), method, headers };
    const onward = httpsRequest(`${behind.server}${url}`, options, (answer) => {
      const seen: Answered = { method, url, status: answer.statusCode ?? 0, body: '' };
      answered.push(seen);
      answer.on('data', (chunk) => {
        seen.body += chunk;
      });
      answer.on('error', () => response.destroy());
      response.writeHead(seen.status, { 'content-type': answer.headers['content-type'] ?? 'application/json' });
      // A watch that has nothing to say yet has begun all the same.
      response.flushHeaders();
      answer.pipe(response);
      if (!isWatch) return;
      const end = () => {
        answer.unpipe(response);
        response.end();
        onward.destroy();
      };
      watches.add(end);
      response.once('close', () => watches.delete(end));
    });
    onward.on('error', () => response.destroy());
    response.once('close', () => onward.destroy());
    request.pipe(onward);
  }

  const server = createServer((request, response) => {
    pass(request, response).catch(() => response.destroy());
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const connection = { server: `http://127.0.0.1:${port}`, options: async () => ({}) } as unknown as Connection;
  return {
    api: createApi(connection),
    answered,
    endWatches() {
      door = new Promise((done) => {
        open = done;
      });
      for (const end of watches) end();
    },
    open: () => open(),
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}
