import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Hono } from 'hono';
import { liveHub } from '../testing/liveHub.ts';
import { closeAtEnd } from '../testing/postgres.ts';
import { addHeader } from './addHeader.ts';
import type { HubEnv } from './env.ts';
import { startServer } from './startServer.ts';

const { url } = await liveHub();

test('what is sent over a socket has the headers of its kind, each once', async () => {
  const own = { '/': /script-src 'self'/, '/api/v2/hubs': /^default-src 'none'; frame-ancestors 'none'$/ };
  for (const [path, policy] of Object.entries(own)) {
    const { headers } = await fetch(`${url}${path}`);
    assert.match(headers.get('content-security-policy') ?? '', policy, path);
    assert.equal(headers.get('x-content-type-options'), 'nosniff', path);
    assert.equal(headers.get('x-frame-options'), 'DENY', path);
    assert.match(headers.get('x-request-id') ?? '', /^[0-9a-f-]{36}$/, path);
  }
});

test('an answer keeps its own header of a name, beside those that were added', async () => {
  const app = new Hono<HubEnv>();
  app.use(async (c, next) => {
    await next();
    addHeader(c, 'cache-control', 'no-store');
    addHeader(c, 'x-added', 'yes');
  });
  app.get('/page', () => new Response('page', { headers: { 'Cache-Control': 'max-age=60' } }));
  app.get('/text', (c) => c.text('text', 200, { 'cache-control': 'max-age=60' }));
  app.get('/bare', () => new Response('bare'));
  const server = startServer(app, 0, '127.0.0.1');
  if (!server.listening) await new Promise((done) => server.once('listening', done));
  closeAtEnd(async () => void server.close());
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : 0;
  for (const [path, cached] of [
    ['page', 'max-age=60'],
    ['text', 'max-age=60'],
    ['bare', 'no-store'],
  ]) {
    const { headers } = await fetch(`http://127.0.0.1:${port}/${path}`);
    assert.equal(headers.get('cache-control'), cached, path);
    assert.equal(headers.get('x-added'), 'yes', path);
  }
});
