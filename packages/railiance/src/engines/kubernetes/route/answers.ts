import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { instanceHeader } from '../../../kubernetes/labels.ts';
import type { Route } from '../../engine.ts';

export interface Answer {
  readonly status: number;
  /** Instance that gave it, where the route says so. */
  readonly instance: string | undefined;
}

const timeoutMs = 5_000;

/** One request through the ingress, on a connection of its own. Undefined where nothing answers. */
export function answerOf({ url, connect }: Route, path: string, signal: AbortSignal): Promise<Answer | undefined> {
  const { protocol, hostname, host } = new URL(url);
  const secure = protocol === 'https:';
  return new Promise((resolve) => {
    const asked = (secure ? httpsRequest : httpRequest)({
      host: connect.host,
      port: connect.port,
      path,
      agent: false,
      // What the certificate says is a question of the gate and the smoke test; here only the route is looked at.
      ...(secure && { servername: hostname, rejectUnauthorized: false }),
      headers: { host, 'user-agent': 'railiance-route', connection: 'close' },
      signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
    });
    asked.once('response', (response) => {
      const header = response.headers[instanceHeader];
      resolve({ status: response.statusCode ?? 0, instance: Array.isArray(header) ? header[0] : header });
      response.destroy();
    });
    asked.once('error', () => resolve(undefined));
    asked.end();
  });
}
