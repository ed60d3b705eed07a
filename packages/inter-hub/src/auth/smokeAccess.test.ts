import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dashboards } from '../dashboards/index.ts';
import { phases } from '../dashboards/phases.ts';
import { type TestHub, testHub } from '../testing/hub.ts';
import { admitSmokeTest, smokeTestEmail } from './smokeAccess.ts';

const [first, second] = ['first-secret-of-the-smoke-test-0001', 'second-secret-of-the-smoke-test-002'];

async function signIn({ app }: TestHub, password: string): Promise<{ status: number; cookie: string }> {
  const answer = await app.request('/login', {
    method: 'POST',
    headers: { origin: 'http://hub.test', 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({ email: smokeTestEmail, password }).toString(),
  });
  return { status: answer.status, cookie: answer.headers.get('set-cookie')?.replace(/;.*/, '') ?? '' };
}

async function read({ app }: TestHub, key: string, method = 'GET'): Promise<number> {
  const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
  const body = method === 'GET' ? {} : { body: JSON.stringify({ slug: 'x', name: 'x' }) };
  return (await app.request('/api/v2/hubs', { method, headers, ...body })).status;
}

test('the smoke test of a deployment reads with its secret, sees every dashboard, and changes nothing', async () => {
  const hub = await testHub({ HUB_SMOKE_KEY: first });
  await admitSmokeTest(hub.deps.database, first);
  await admitSmokeTest(hub.deps.database, first);
  assert.equal(await read(hub, first), 200);
  assert.equal(await read(hub, first, 'POST'), 403);
  const { status, cookie } = await signIn(hub, first);
  assert.equal(status, 303);
  for (const { phase } of dashboards) {
    const page = await hub.app.request(`/${phases[phase - 1]?.slug}`, { headers: { cookie } });
    assert.equal(page.status, 200, phases[phase - 1]?.slug);
  }
  const csrf = { method: 'POST', headers: { cookie, origin: 'http://hub.test' } };
  assert.equal((await hub.app.request('/settings/keys', csrf)).status, 403);
});

test('another secret takes the place of the one before, and without one nobody comes in', async () => {
  const hub = await testHub({ HUB_SMOKE_KEY: second });
  await admitSmokeTest(hub.deps.database, first);
  await admitSmokeTest(hub.deps.database, second);
  assert.equal(await read(hub, first), 401);
  assert.equal(await read(hub, second), 200);
  assert.equal((await signIn(hub, first)).status, 401);
  assert.equal((await signIn(hub, second)).status, 303);
  await admitSmokeTest(hub.deps.database, undefined);
  hub.deps.keys.forget();
  assert.equal(await read(hub, second), 401);
  assert.equal((await signIn(hub, second)).status, 401);
  await admitSmokeTest(hub.deps.database, second);
  assert.equal((await signIn(hub, second)).status, 303);
});
