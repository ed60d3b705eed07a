import { Hono } from 'hono';
import { checkSchema, SchemaError } from '../database/migrate.ts';
import type { Deps } from '../deps.ts';
import type { HubEnv } from './env.ts';

/** `/healthz` asks nobody; `/readyz` is whether traffic should come here now; `/metrics` for Prometheus. */
export function healthRoutes({ database, migrations, lifecycle, metrics }: Deps): Hono<HubEnv> {
  const app = new Hono<HubEnv>();
  app.get('/healthz', (c) => c.json({ status: 'ok' }));
  app.get('/readyz', async (c) => {
    if (lifecycle.state !== 'ready') return c.json({ status: lifecycle.state }, 503);
    try {
      await checkSchema(database, migrations);
      return c.json({ status: 'ready' });
    } catch (error) {
      const status = error instanceof SchemaError ? 'schema does not fit' : 'database not available';
      return c.json({ status }, 503);
    }
  });
  app.get('/metrics', async (c) =>
    c.text(await metrics.registry.metrics(), 200, { 'Content-Type': metrics.registry.contentType }),
  );
  return app;
}
