import assert from 'node:assert/strict';
import { test } from 'node:test';
import { testHub } from '../testing/hub.ts';
import { apiRoutes } from './index.ts';
import { issueKey, revokeKey } from './keyStore.ts';
import { makeKey } from './keys.ts';
import { apiBase } from './mount.ts';

const hub = await testHub();
const { app, deps, client } = hub;

async function withHeader(authorization: string, path = '/hubs'): Promise<Response> {
  return app.request(`${apiBase}${path}`, { headers: { authorization } });
}

test('hubs without a key are 401, as problem+json with error and help', async () => {
  const answer = await app.request('/api/v2/hubs');
  assert.equal(answer.status, 401);
  assert.equal(answer.headers.get('content-type'), 'application/problem+json');
  assert.match(answer.headers.get('www-authenticate') ?? '', /^Bearer/);
  const problem = (await answer.json()) as Record<string, unknown>;
  assert.equal(problem.error, 'unauthorized');
  assert.ok(problem.help);
});

test('a setting makes discovery public, and only that', async () => {
  const open = await testHub({ HUB_PUBLIC_DISCOVERY: 'true' });
  assert.equal((await open.app.request('/api/v2/hubs')).status, 200);
  assert.equal((await open.app.request('/api/v2/hub-capability-manifests')).status, 200);
  assert.equal((await open.app.request('/api/v2/widgets')).status, 401);
});

test('whatever is not one good key is 401, always with the same words', async () => {
  const reader = await client(['framework:read']);
  const bad = [
    'Bearer',
    'Bearer nothing',
    `Basic ${btoa('a:b')}`,
    `Bearer ${makeKey()}`,
    `Bearer ${reader.key}x`,
    `Bearer ${reader.key}, Bearer ${reader.key}`,
    `Bearer ${'a'.repeat(1_000_000)}`,
    `Bearer ' or 1=1 --`,
  ];
  const bodies = new Set<string>();
  for (const header of bad) {
    const answer = await withHeader(header);
    assert.equal(answer.status, 401, header.slice(0, 60));
    bodies.add(((await answer.json()) as { detail: string }).detail);
  }
  assert.equal(bodies.size, 1);
  assert.equal((await app.request(`/api/v2/hubs?access_token=${reader.key}`)).status, 401);
  assert.equal((await withHeader(`bearer ${reader.key}`)).status, 200);
});

test('a revoked key stops at once, an expired one when its time comes', async () => {
  const reader = await client(['framework:read']);
  assert.equal((await reader('GET', '/hubs')).status, 200);
  const admin = await client(['admin']);
  const { items } = (await (await admin('GET', '/api-keys')).json()) as { items: { id: string; prefix: string }[] };
  const own = items.find(({ prefix }) => reader.key.startsWith(prefix));
  assert.equal((await admin('DELETE', `/api-keys/${own?.id}`)).status, 204);
  assert.equal((await reader('GET', '/hubs')).status, 401);
  assert.equal(await revokeKey(deps.database, own?.id ?? ''), false);

  const expiresAt = new Date(deps.clock().getTime() + 60_000);
  const { key } = await issueKey(deps.database, {
    consumer: 'soon',
    scopes: ['framework:read'],
    createdBy: 'test',
    expiresAt,
  });
  assert.equal((await withHeader(`Bearer ${key}`)).status, 200);
  hub.advance(61_000);
  assert.equal((await withHeader(`Bearer ${key}`)).status, 401);
});

test('a new key is shown once and never kept', async () => {
  const admin = await client(['admin']);
  const made = await admin('POST', '/api-keys', { consumer: 'ci', scopes: ['hub:probe:write'] });
  assert.equal(made.status, 201);
  const { key } = (await made.json()) as { key: string };
  const listed = await (await admin('GET', '/api-keys')).text();
  assert.ok(!listed.includes(key));
  const [row] = await deps.database.query<{ all: string }>(`select string_agg(k::text, ' ') as all from api_keys k`);
  assert.ok(!row?.all.includes(key.slice(4)));
  assert.equal((await admin('POST', '/api-keys', { consumer: 'ci', scopes: ['root'] })).status, 422);
});

test('a key for one hub neither reads nor writes another', async () => {
  const admin = await client(['admin']);
  for (const slug of ['one', 'two']) assert.equal((await admin('POST', '/hubs', { slug, name: slug })).status, 201);
  const one = await client(['hub:one:write']);
  const widget = { slug: 'panel', name: 'Panel', kind: 'panel' };
  const made = await one('POST', '/widgets', { hub: 'one', ...widget });
  assert.equal(made.status, 201);
  assert.equal((await one('POST', '/widgets', { hub: 'two', ...widget })).status, 403);
  const other = await admin('POST', '/widgets', { hub: 'two', ...widget });
  const { id } = (await other.json()) as { id: string };
  assert.equal((await one('GET', `/widgets/${id}`)).status, 404);
  assert.equal((await one('PATCH', `/widgets/${id}`, { name: 'Mine' })).status, 404);
  const { items } = (await (await one('GET', '/widgets')).json()) as { items: { hub: string }[] };
  assert.deepEqual(new Set(items.map((item) => item.hub)), new Set(['one']));
  const hubs = (await (await one('GET', '/hubs')).json()) as { items: { slug: string }[] };
  assert.deepEqual(
    hubs.items.map((item) => item.slug),
    ['one'],
  );
  const annotated = await one('POST', '/annotations', { hub: 'one', widget_id: id, body: 'x' });
  assert.equal(annotated.status, 422, 'a reference into another hub is refused');
});

test('over the rate 429 with Retry-After, others unharmed; the daily quota too', async () => {
  const flood = await client(['framework:read'], { ratePerMinute: 20 });
  const answers = await Promise.all(Array.from({ length: 200 }, () => flood('GET', '/hubs?limit=1')));
  assert.equal(answers.filter((answer) => answer.status === 200).length, 20);
  assert.ok(answers.filter((answer) => answer.status === 429).every((answer) => answer.headers.get('retry-after')));
  assert.equal((await (await client(['framework:read']))('GET', '/hubs')).status, 200);
  const little = await client(['framework:read'], { dailyQuota: 2 });
  assert.deepEqual([(await little('GET', '/hubs')).status, (await little('GET', '/hubs')).status], [200, 200]);
  const answer = await little('GET', '/hubs');
  assert.equal(answer.status, 429);
  assert.equal(((await answer.json()) as { error: string }).error, 'quota_used_up');
});

/** What each kind of key may do on each kind of route; `hub:probe:*` on records of no hub are refused by the handler. */
const roles: Readonly<Record<string, { scopes: string[]; may: readonly string[] }>> = {
  nobody: { scopes: [], may: ['public'] },
  reader: { scopes: ['framework:read'], may: ['public', 'discovery', 'read'] },
  'hub reader': { scopes: ['hub:probe:read'], may: ['public', 'discovery', 'read'] },
  'hub writer': { scopes: ['hub:probe:write'], may: ['public', 'discovery', 'read', 'write'] },
  admin: { scopes: ['admin'], may: ['public', 'discovery', 'read', 'write', 'admin'] },
};

test('every route of the document, with every kind of key: allowed or 401 or 403, never 5xx', async () => {
  const document = (await (await app.request('/api/v2/openapi.json')).json()) as {
    paths: Record<string, Record<string, { 'x-access': string }>>;
  };
  const id = '11111111-1111-4111-8111-111111111111';
  for (const [role, { scopes, may }] of Object.entries(roles)) {
    const { key } = scopes.length > 0 ? await client(scopes) : { key: undefined };
    for (const [path, operations] of Object.entries(document.paths)) {
      for (const [method, { 'x-access': access }] of Object.entries(operations)) {
        if (path.endsWith('/stream')) continue;
        const url = path.replaceAll('{id}', id).replaceAll('{seq}', '1').replaceAll('{kind}', 'widget');
        const body = ['post', 'put', 'patch'].includes(method) ? { body: '{}' } : {};
        const answer = await app.request(url, {
          method: method.toUpperCase(),
          headers: { 'content-type': 'application/json', ...(key && { authorization: `Bearer ${key}` }) },
          ...body,
        });
        const what = `${role}: ${method} ${path} → ${answer.status}`;
        assert.ok(answer.status < 500, what);
        if (!may.includes(access)) assert.equal(answer.status, key ? 403 : 401, what);
        else assert.ok(answer.status !== 401 && answer.status !== 403, what);
      }
    }
  }
});

test('every route that answers below /api is in the document, and the other way round', async () => {
  const document = (await (await app.request('/api/v2/openapi.json')).json()) as { paths: Record<string, object> };
  const documented = Object.entries(document.paths).flatMap(([path, operations]) =>
    Object.keys(operations).map((method) => `${method.toUpperCase()} ${path.replaceAll(/\{(\w+)\}/g, ':$1')}`),
  );
  const mounted = app.routes
    .filter(({ path, method }) => path.startsWith('/api/') && method !== 'ALL')
    .map(({ path, method }) => `${method} ${path}`);
  assert.deepEqual(mounted.sort(), documented.sort());
  assert.equal(apiRoutes().length, documented.length);
});

test('an unknown address is 404, a wrong method 405 with Allow', async () => {
  assert.equal((await app.request('/api/v2/nothing')).status, 404);
  const answer = await app.request('/api/v2/hubs', { method: 'DELETE' });
  assert.equal(answer.status, 405);
  assert.equal(answer.headers.get('allow'), 'GET, POST');
});
