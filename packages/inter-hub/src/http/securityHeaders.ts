import { apiBase } from '../api/mount.ts';
import type { Config } from '../config.ts';

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

const document = {
  'content-security-policy': policy,
  'referrer-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=(), payment=()',
};

/** What the API answers is data: nothing of it may run or load anything, should a browser show it all the same. */
const data = { 'content-security-policy': "default-src 'none'; frame-ancestors 'none'" };

/** @returns the headers of an answer at an address, by names in lower case */
export function securityHeaders({ baseUrl }: Config): (path: string) => readonly (readonly [string, string])[] {
  const always = {
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
    ...(baseUrl.protocol === 'https:' && { 'strict-transport-security': 'max-age=31536000; includeSubDomains' }),
  };
  const ofPages = Object.entries({ ...document, ...always });
  const ofApi = Object.entries({ ...data, ...always });
  return (path) => (path.startsWith(`${apiBase}/`) ? ofApi : ofPages);
}
