import { Hono } from 'hono';
import type { HubEnv } from '../http/env.ts';
import { capabilitiesPage } from './capabilities.ts';
import { landingPage } from './landing.ts';

export function publicRoutes(): Hono<HubEnv> {
  const app = new Hono<HubEnv>();
  app.get('/', (c) => c.html(landingPage(false)));
  app.get('/capabilities', (c) => c.html(capabilitiesPage(false)));
  return app;
}
