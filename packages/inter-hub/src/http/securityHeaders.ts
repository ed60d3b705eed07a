import type { MiddlewareHandler } from 'hono';
import type { Config } from '../config.ts';
import type { HubEnv } from './env.ts';

/** Scripts and styles only from files of our own: nothing inline, so injected markup cannot run. */
const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "font-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ');

export function securityHeaders({ baseUrl }: Config): MiddlewareHandler<HubEnv> {
  return async (c, next) => {
    await next();
    if (!c.res.headers.has('Content-Security-Policy')) c.header('Content-Security-Policy', policy);
    c.header('X-Content-Type-Options', 'nosniff');
    c.header('X-Frame-Options', 'DENY');
    c.header('Referrer-Policy', 'same-origin');
    c.header('Cross-Origin-Opener-Policy', 'same-origin');
    c.header('Permissions-Policy', 'camera=(), geolocation=(), microphone=(), payment=()');
    if (baseUrl.protocol === 'https:') c.header('Strict-Transport-Security', 'max-age=31536000; includeSubDomains');
  };
}
