import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { Route } from '../../engine.ts';

export interface Answer {
  readonly status: number;
  /** Traefik's own words for a route that leads nowhere, or to nobody who answers. Go programs say the first of them too. */
  readonly isTraefiks: boolean;
}

const traefiksOwn: Readonly<Record<number, string>> = {
  404: '404 page not found',
  502: 'Bad Gateway',
  503: 'no available server',
  504: 'Gateway Timeout',
};

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
      const { statusCode: status = 0 } = response;
      const own = traefiksOwn[status];
      const answer = (isTraefiks: boolean) => {
        resolve({ status, isTraefiks });
        response.destroy();
      };
      if (own === undefined) return answer(false);
      response.once('data', (words) => answer(String(words).trim() === own));
      response.once('error', () => answer(false));
      response.once('close', () => answer(false));
    });
    asked.once('error', () => resolve(undefined));
    asked.end();
  });
}
