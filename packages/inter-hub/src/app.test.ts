import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createApp } from './app.ts';
import { phases } from './dashboards/phases.ts';
import { testHub } from './testing/hub.ts';

const { app, deps } = await testHub();

test('the landing page is public and says Inter-Hub', async () => {
  const answer = await app.request('/');
  assert.equal(answer.status, 200);
  assert.match(await answer.text(), /Inter-Hub/);
});

test('the capabilities name all twelve phases', async () => {
  const page = await (await app.request('/capabilities')).text();
  for (const phase of phases) assert.ok(page.includes(phase.title), phase.title);
});

test('every answer forbids inline script, framing and sniffing', async () => {
  for (const path of ['/', '/healthz', '/no-such-page', '/static/app.css']) {
    const { headers } = await app.request(path);
    const policy = headers.get('content-security-policy') ?? '';
    assert.match(policy, /script-src 'self'/, path);
    assert.doesNotMatch(policy, /unsafe/, path);
    assert.equal(headers.get('x-content-type-options'), 'nosniff');
    assert.equal(headers.get('x-frame-options'), 'DENY');
  }
});

test('an address that leads nowhere, and a page that fails, say so on a page of the hub', async () => {
  const lost = await app.request('/no-such-page');
  assert.equal(lost.status, 404);
  assert.match(await lost.text(), /<h1>There is no such page<\/h1>[\s\S]*href="\/"/);
  const gone = () => Promise.reject(new Error('no database'));
  const database = { ...deps.database, query: gone, transaction: gone };
  const broken = await createApp({ ...deps, database }).request('/live', { headers: { cookie: 'hub=x' } });
  assert.equal(broken.status, 500);
  const page = await broken.text();
  assert.match(page, /<h1>The hub failed<\/h1>/);
  assert.doesNotMatch(page, /no database/);
});

test('static files are only those named, cached by version, compressed', async () => {
  const css = await app.request('/static/app.css?v=1', { headers: { 'accept-encoding': 'br' } });
  assert.equal(css.headers.get('content-encoding'), 'br');
  assert.match(css.headers.get('cache-control') ?? '', /immutable/);
  const etag = css.headers.get('etag') ?? '';
  assert.equal((await app.request('/static/app.css', { headers: { 'if-none-match': etag } })).status, 304);
  for (const path of ['/static/../package.json', '/static/%2e%2e/package.json', '/static/constructor', '/static/']) {
    assert.equal((await app.request(path)).status, 404, path);
  }
});

test('healthy always; ready only with a fitting database and while not draining', async () => {
  assert.equal((await app.request('/healthz')).status, 200);
  assert.equal((await app.request('/readyz')).status, 200);
  await deps.database.query("update hub_migrations set sha256 = sha256 || 'x' where number = 1");
  assert.equal((await app.request('/readyz')).status, 503);
  await deps.database.query("update hub_migrations set sha256 = rtrim(sha256, 'x') where number = 1");
  deps.lifecycle.drain();
  const draining = await app.request('/readyz');
  assert.equal(draining.status, 503);
  assert.deepEqual(await draining.json(), { status: 'draining' });
  assert.equal((await app.request('/healthz')).status, 200);
});

test('metrics count by route, never by raw path', async () => {
  await app.request('/static/app.css?secret=1');
  const text = await (await app.request('/metrics')).text();
  assert.match(text, /hub_http_requests_total\{method="GET",route="\/static\/\*",status="200"\}/);
  assert.doesNotMatch(text, /secret/);
});
