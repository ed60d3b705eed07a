import type { Context } from 'hono';
import type { HubEnv } from './env.ts';

/**
 * A header of a request, by its name in lower case. Under Node from its own parsed headers: a web `Headers` looks for
 * the name in all of them. Only for headers that both join, or that may come but once.
 */
export function requestHeader(
  c: Context<HubEnv>,
  name: 'content-encoding' | 'content-length' | 'ce-specversion' | 'x-forwarded-for',
): string | undefined {
  const incoming = c.env?.incoming;
  return incoming ? (incoming.headers[name] as string | undefined) : c.req.header(name);
}
