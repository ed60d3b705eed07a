import { Hono } from 'hono';
import { apiRoutes } from './api/index.ts';
import { mountApi } from './api/mount.ts';
import type { Deps } from './deps.ts';
import type { HubEnv } from './http/env.ts';
import { healthRoutes } from './http/health.ts';
import { observe } from './http/observe.ts';
import { securityHeaders } from './http/securityHeaders.ts';
import { staticRoutes } from './http/static.ts';
import { publicRoutes } from './pages/publicRoutes.ts';

/** The whole hub as one Hono app: routes by area, with what every answer has in common around them. */
export function createApp(deps: Deps): Hono<HubEnv> {
  const app = new Hono<HubEnv>();
  app.use(observe(deps));
  app.use(securityHeaders(deps.config));
  app.route('/', healthRoutes(deps));
  app.route('/', staticRoutes());
  app.route('/', publicRoutes());
  app.route('/', mountApi(deps, apiRoutes()));
  return app;
}
