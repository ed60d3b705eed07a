import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Webhook } from 'standardwebhooks';
import { closeAtEnd } from './postgres.ts';

export interface Received {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** Somebody else's server, which takes what webhooks send it. */
export interface Receiver {
  /** `127.0.0.1:port`, for HUB_WEBHOOK_HOSTS. */
  readonly host: string;
  readonly url: string;
  readonly received: Received[];
  /** Status it answers from now on; where that is undefined it keeps silent. */
  answer: (request: Received) => number | undefined;
  headers: Record<string, string>;
}

export async function startReceiver(): Promise<Receiver> {
  const received: Received[] = [];
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request.setEncoding('utf8')) body += chunk;
    const taken = { path: request.url ?? '', headers: request.headers, body };
    received.push(taken);
    const status = receiver.answer(taken);
    if (status !== undefined) response.writeHead(status, receiver.headers).end('thanks');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  closeAtEnd(async () => {
    server.closeAllConnections();
    await new Promise((done) => server.close(done));
  });
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const receiver: Receiver = { host, url: `http://${host}/hook`, received, answer: () => 204, headers: {} };
  return receiver;
}

/** Checks a message as any receiver does, by the library of those who wrote Standard Webhooks. @throws for a forged one */
export function verified(
  secret: string,
  { body, headers }: Received,
): { type: string; timestamp: string; data: unknown } {
  return new Webhook(secret).verify(body, headers as Record<string, string>) as ReturnType<typeof verified>;
}
