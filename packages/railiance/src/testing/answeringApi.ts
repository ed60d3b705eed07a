import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

import { type Api, createApi } from '../kubernetes/api.ts';
import type { Connection } from '../kubernetes/connection.ts';

export type Answer = (request: IncomingMessage, response: ServerResponse) => void;

/** An API server on loopback that gives these answers, one a request; the last one from then on. */
export async function apiOf(
  answers: readonly Answer[],
  work: (api: Api, asked: readonly string[]) => Promise<void>,
): Promise<void> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    (answers[asked.length - 1] ?? answers.at(-1))?.(request, response);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const connection = { server: `http://127.0.0.1:${port}`, options: async () => ({}) } as unknown as Connection;
  try {
    await work(createApi(connection), asked);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

export const answersJson =
  (status: number, body: object): Answer =>
  (_request, response) =>
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));

export const hangUp: Answer = (request) => request.socket.destroy();

export const lists = (...items: readonly object[]): Answer =>
  answersJson(200, { metadata: { resourceVersion: '1' }, items });

/** A watch with these events, which then ends. */
export const tells =
  (...lines: readonly object[]): Answer =>
  (_request, response) =>
    response.writeHead(200).end(lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
