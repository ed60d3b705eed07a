import type { Context } from 'hono';
import type { HubEnv } from '../http/env.ts';
import type { ApiKey, KeyStore } from './keyStore.ts';
import { Problem } from './problem.ts';

const longestHeader = 512;

/**
 * The key of a request; undefined where none was sent.
 * @throws Problem 401 for anything but one good key: always the same answer, so that nothing can be learned from it
 */
export async function authenticate(c: Context<HubEnv>, keys: KeyStore, now: Date): Promise<ApiKey | undefined> {
  const header = authorization(c);
  if (header === undefined) return undefined;
  const [, token] = header.length <= longestHeader ? (/^Bearer ([\w-]+)$/i.exec(header) ?? []) : [];
  const key = token === undefined ? undefined : await keys.find(token);
  if (!key || key.revokedAt || (key.expiresAt && key.expiresAt <= now)) throw unauthorized('This key is not valid.');
  return key;
}

/** Whether the request would still be let in. @throws what the database threw */
export async function isGoodKey(c: Context<HubEnv>, keys: KeyStore, now: Date): Promise<boolean> {
  try {
    return (await authenticate(c, keys, now)) !== undefined;
  } catch (error) {
    if (error instanceof Problem) return false;
    throw error;
  }
}

export function unauthorized(detail: string): Problem {
  return new Problem(401, 'unauthorized', detail, 'Send "Authorization: Bearer ihk_…" with a key from /settings.', {
    headers: { 'WWW-Authenticate': 'Bearer realm="inter-hub"' },
  });
}

/** Node keeps the first of two Authorization headers in silence, a proxy may keep the last: two are refused. */
function authorization(c: Context<HubEnv>): string | undefined {
  const raw = c.env?.incoming?.rawHeaders;
  if (!raw) return c.req.header('authorization');
  let found: string | undefined;
  for (let at = 0; at < raw.length; at += 2) {
    const name = raw[at] as string;
    if (name.length !== 13 || name.toLowerCase() !== 'authorization') continue;
    if (found !== undefined) throw unauthorized('More than one Authorization header was sent.');
    found = raw[at + 1];
  }
  return found;
}
