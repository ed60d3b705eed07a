import assert from 'node:assert/strict';
import { test } from 'node:test';
import { apiRoutes } from './api/index.ts';
import { apiBase } from './api/mount.ts';
import { actions, pages } from './pages/index.ts';
import { testHub } from './testing/hub.ts';
import { signIn } from './testing/signIn.ts';

/**
 * What stands outside the lists that say who may: each with what somebody without a session is told. A route that is in
 * no list fails here, so that none comes to be open by being forgotten.
 */
const outside: Readonly<Record<string, number>> = {
  'GET /': 200,
  'GET /capabilities': 200,
  'GET /docs': 200,
  'GET /healthz': 200,
  'GET /readyz': 200,
  'GET /metrics': 200,
  'GET /static/*': 404,
  'GET /login': 200,
  'POST /login': 403,
  'POST /logout': 303,
  'GET /setup/:token': 404,
  'POST /setup/:token': 403,
  'GET /live': 401,
};

const { app, deps } = await testHub();
const mounted = app.routes.filter(({ method }) => method !== 'ALL').map(({ method, path }) => `${method} ${path}`);
const real = (path: string): string =>
  path
    .replace(':id{[0-9a-f-]{36}}', '11111111-1111-4111-8111-111111111111')
    .replaceAll(/:\w+/g, 'x')
    .replace('/*', '/x');

test('every route that is mounted says who may use it', () => {
  const declared = [
    ...apiRoutes().map(
      ({ method, path }) => `${method.toUpperCase()} ${apiBase}${path.replaceAll(/\{(\w+)\}/g, ':$1')}`,
    ),
    ...pages.map(({ path }) => `GET ${path}`),
    ...actions.map(({ path }) => `POST ${path}`),
    ...Object.keys(outside),
  ];
  assert.deepEqual([...mounted].sort(), declared.sort());
});

test('what catches every method gives nothing away: no such thing, or no such method', async () => {
  const catching = app.routes.filter(({ method, path }) => method === 'ALL' && path !== '/*');
  assert.ok(catching.length > 20);
  for (const { path } of catching) {
    const answer = await app.request(real(path), { method: 'PROPFIND' });
    assert.ok([404, 405].includes(answer.status), `${path}: ${answer.status}`);
  }
});

test('outside the lists, without a session: what is public, and no more', async () => {
  for (const [route, status] of Object.entries(outside)) {
    const [method = '', path = ''] = route.split(' ');
    assert.equal((await app.request(real(path), { method })).status, status, route);
  }
});

test('every answer of every route, signed in or not, forbids inline script, framing and sniffing', async () => {
  const cookies = ['', (await signIn(deps, 'admin')).cookie];
  for (const route of mounted.filter((name) => !name.endsWith('/live') && !name.endsWith('/stream'))) {
    const [method = '', path = ''] = route.split(' ');
    for (const cookie of cookies) {
      const { headers, status } = await app.request(real(path), { method, headers: { cookie } });
      const what = `${route}: ${status}`;
      assert.ok(status < 500, what);
      const policy = headers.get('content-security-policy') ?? '';
      const isData = path.startsWith('/api/v2/');
      const strict = isData
        ? /^default-src 'none'; frame-ancestors 'none'$/
        : /^default-src 'none'; script-src 'self'; style/;
      assert.match(policy, strict, what);
      assert.doesNotMatch(policy, /unsafe/, what);
      assert.equal(headers.get('x-frame-options'), 'DENY', what);
      assert.equal(headers.get('x-content-type-options'), 'nosniff', what);
    }
  }
});
