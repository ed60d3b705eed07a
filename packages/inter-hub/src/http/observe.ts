import { randomUUID } from 'node:crypto';
import type { MiddlewareHandler } from 'hono';
import { routePath } from 'hono/route';
import type { Deps } from '../deps.ts';
import { addHeader } from './addHeader.ts';
import { clientAddress, trustedProxies } from './clientAddress.ts';
import type { HubEnv } from './env.ts';
import { requestHeader } from './requestHeader.ts';
import { securityHeaders } from './securityHeaders.ts';

/** Ids have the form of UUIDs and only have to differ: what is random in them is made once. */
function requestIds(): () => string {
  const random = randomUUID().slice(0, 24);
  let count = 0;
  return () => {
    count += 1;
    return random + count.toString(16).padStart(12, '0');
  };
}

/**
 * Gives each request its id, address and log, and each answer the headers that all have, and counts and times it by
 * route, never by raw path. One middleware for all of it: each is a large part of what taking an event costs.
 */
export function observe({ config, logger, metrics, lifecycle }: Deps): MiddlewareHandler<HubEnv> {
  const trusted = trustedProxies(config.trustedProxies);
  const newId = requestIds();
  const headersOf = securityHeaders(config);
  return async (c, next) => {
    const started = performance.now();
    const requestId = newId();
    c.set('requestId', requestId);
    c.set('logger', () => logger.child({ requestId }));
    c.set(
      'address',
      clientAddress(c.env?.incoming?.socket?.remoteAddress ?? '', requestHeader(c, 'x-forwarded-for'), trusted),
    );
    await next();
    const seconds = (performance.now() - started) / 1000;
    const route = routePath(c, -1);
    const status = c.res.status;
    metrics.requests.inc({ method: c.req.method, route, status: String(status) });
    metrics.durations.observe({ route }, seconds);
    for (const [name, value] of headersOf(c.req.path)) addHeader(c, name, value);
    addHeader(c, 'x-request-id', requestId);
    if (lifecycle.state === 'draining') addHeader(c, 'connection', 'close');
    const level = status >= 500 ? 'error' : 'debug';
    if (logger.isLevelEnabled(level))
      c.get('logger')()[level]({ method: c.req.method, route, status, ms: Math.round(seconds * 1000) }, 'request');
  };
}
