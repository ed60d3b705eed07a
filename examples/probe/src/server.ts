import { createServer } from 'node:http';
import pg from 'pg';

import { createApp } from './app.ts';

const { DATABASE_URL, PORT = '8000', RAILIANCE_TAG = 'unreleased', RAILIANCE_STAGE = 'development' } = process.env;
if (!DATABASE_URL) {
  process.stderr.write('probe: error: DATABASE_URL is not set\n');
  process.exit(1);
}

/** Less than `stop_timeout` of app.toml, so that what is still under way then does not make it an unclean end. */
const stopMs = 8_000;

const pool = new pg.Pool({
  connectionString: DATABASE_URL,
  max: 10,
  connectionTimeoutMillis: 5_000,
  statement_timeout: 5_000,
});
// An idle connection that the database ends is replaced when the next one is needed.
pool.on('error', (error) => process.stderr.write(`database: ${error.message}\n`));

const server = createServer(createApp(pool, { tag: RAILIANCE_TAG, stage: RAILIANCE_STAGE }));
server.requestTimeout = 15_000;
// Longer than any proxy keeps an idle connection: so it is the proxy that ends it, never while it sends a request.
server.keepAliveTimeout = 65_000;
server.listen(Number(PORT), () => process.stdout.write(`probe ${RAILIANCE_TAG} listens on ${PORT}\n`));

/** Takes no new request, answers those under way, and then lets the process end by itself, with 0. */
function stop(): void {
  server.close(() => void pool.end());
  server.prependListener('request', (_, response) => response.setHeader('connection', 'close'));
  // Connections that were busy at the close are kept alive once their answer is out, and have to be ended then.
  setInterval(() => server.closeIdleConnections(), 50).unref();
  setTimeout(() => server.closeAllConnections(), stopMs).unref();
}
process.once('SIGTERM', stop).once('SIGINT', stop);
