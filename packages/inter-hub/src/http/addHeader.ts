import type { Context } from 'hono';
import type { HubEnv } from './env.ts';

/**
 * Adds a header to an answer that is made already, where it has none of that name. Under Node it goes to Node's own
 * answer; `c.header` would copy the whole answer, body and all, for each header.
 * @param name in lower case
 */
export function addHeader(c: Context<HubEnv>, name: string, value: string): void {
  if (c.env?.outgoing) c.env.outgoing.beside[name] = value;
  else if (!c.res.headers.has(name)) c.res.headers.set(name, value);
}
