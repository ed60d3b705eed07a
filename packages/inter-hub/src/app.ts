import { Hono } from 'hono';
import { apiRoutes } from './api/index.ts';
import { mountApi } from './api/mount.ts';
import type { Deps } from './deps.ts';
import type { HubEnv } from './http/env.ts';
import { healthRoutes } from './http/health.ts';
import { observe } from './http/observe.ts';
import { rememberingRouter } from './http/rememberingRouter.ts';
import { staticRoutes } from './http/static.ts';
import { liveRoute } from './live/liveRoute.ts';
import { brokenPage, lostPage } from './pages/errorPages.ts';
import { actions, pages } from './pages/index.ts';
import { loginRoutes } from './pages/login.ts';
import { mountPages } from './pages/mount.ts';
import { publicRoutes } from './pages/publicRoutes.ts';
import { setupRoutes } from './pages/setup.ts';

/** The whole hub as one Hono app: routes by area, with what every answer has in common around them. */
export function createApp(deps: Deps): Hono<HubEnv> {
  const app = new Hono<HubEnv>({ router: rememberingRouter() });
  app.use(observe(deps));
  app.route('/', healthRoutes(deps));
  app.route('/', staticRoutes());
  app.route('/', publicRoutes(deps.config));
  app.route('/', loginRoutes(deps));
  app.route('/', setupRoutes(deps));
  app.route('/', mountPages(deps, pages, actions));
  app.get('/live', (c) => liveRoute(deps, c));
  app.route('/', mountApi(deps, apiRoutes()));
  app.notFound((c) => lostPage(c, deps.config));
  app.onError((error, c) => brokenPage(c, deps.config, error));
  return app;
}
