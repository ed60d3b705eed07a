import type { Context } from 'hono';
import { deleteCookie, getCookie, setCookie } from 'hono/cookie';
import type { Config } from '../config.ts';
import type { HubEnv } from '../http/env.ts';

/**
 * `__Host-` binds the cookie to this host and to TLS. Over plain HTTP, as on localhost, browsers differ in whether they
 * keep such a cookie, so there it has another name and no `Secure`.
 */
function form({ baseUrl }: Config): { name: string; secure: boolean } {
  return baseUrl.protocol === 'https:' ? { name: '__Host-hub', secure: true } : { name: 'hub', secure: false };
}

export function sessionCookie(c: Context<HubEnv>, config: Config): string | undefined {
  return getCookie(c, form(config).name);
}

export function setSessionCookie(c: Context<HubEnv>, config: Config, token: string): void {
  const { name, secure } = form(config);
  // Lax, not Strict: a link to an approval in a message must find the reader signed in.
  setCookie(c, name, token, { httpOnly: true, secure, sameSite: 'Lax', path: '/', maxAge: 7 * 86_400 });
}

export function clearSessionCookie(c: Context<HubEnv>, config: Config): void {
  const { name, secure } = form(config);
  deleteCookie(c, name, { secure, path: '/' });
}
