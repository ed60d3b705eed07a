import { Hono } from 'hono';
import { sessionCookie } from '../auth/cookie.ts';
import type { Config } from '../config.ts';
import type { HubEnv } from '../http/env.ts';
import { capabilitiesPage } from './capabilities.ts';
import { docsPage } from './docs.ts';
import { landingPage } from './landing.ts';

/** Pages that anyone may see; they only look whether there is a session, they ask nobody. */
export function publicRoutes(config: Config): Hono<HubEnv> {
  const app = new Hono<HubEnv>();
  app.get('/', (c) => c.html(landingPage(sessionCookie(c, config) !== undefined)));
  app.get('/capabilities', (c) => c.html(capabilitiesPage(sessionCookie(c, config) !== undefined)));
  app.get('/docs', (c) => c.html(docsPage()));
  return app;
}
