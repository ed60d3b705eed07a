import assert from 'node:assert/strict';
import { test } from 'node:test';
import { admitSmokeTest, smokeTestEmail } from '../auth/smokeAccess.ts';
import { testHub } from '../testing/hub.ts';
import { type Session, signIn, testPassword } from '../testing/signIn.ts';

const hub = await testHub();
const { app, deps } = hub;
const another = 'another sentence to keep in mind';

function post(path: string, form: Record<string, string>, cookie = ''): Promise<Response> {
  const headers = { cookie, origin: 'http://hub.test', 'content-type': 'application/x-www-form-urlencoded' };
  return Promise.resolve(app.request(path, { method: 'POST', headers, body: new URLSearchParams(form).toString() }));
}

function login(email: string, password: string): Promise<Response> {
  return post('/login', { email, password });
}

function change(session: Session, current: string, wanted: string): Promise<Response> {
  return post('/settings/password', { csrf: session.csrf, current, wanted }, session.cookie);
}

async function statusOf(cookie: string): Promise<number> {
  return (await app.request('/settings', { headers: { cookie } })).status;
}

test('everyone changes their own password; whoever else had the old one is out', async () => {
  const viewer = await signIn(deps, 'viewer');
  const elsewhere = (await login('viewer@example.org', testPassword)).headers.get('set-cookie')?.split(';')[0] ?? '';
  assert.equal(await statusOf(elsewhere), 200);
  const changed = await change(viewer, testPassword, another);
  assert.equal(changed.status, 303, await changed.text());
  const fresh = changed.headers.get('set-cookie')?.split(';')[0] ?? '';
  assert.deepEqual([await statusOf(fresh), await statusOf(viewer.cookie), await statusOf(elsewhere)], [200, 303, 303]);
  assert.equal((await login('viewer@example.org', testPassword)).status, 401);
  assert.equal((await login('viewer@example.org', another)).status, 303);
});

test('who found a page open cannot guess the password there, nor make it a short one', async () => {
  const operator = await signIn(deps, 'operator');
  hub.stopClock();
  assert.match(await (await change(operator, testPassword, 'short')).text(), /12 to 200 characters/);
  for (let guess = 0; guess < 5; guess += 1) {
    assert.match(await (await change(operator, `guess ${guess}`, another)).text(), /not your password now/);
  }
  const answer = await change(operator, testPassword, another);
  assert.equal(answer.status, 422);
  assert.match(await answer.text(), /Too many tries/);
});

test('signed out everywhere else: this page stays', async () => {
  const approver = await signIn(deps, 'approver');
  const elsewhere = (await login('approver@example.org', testPassword)).headers.get('set-cookie')?.split(';')[0] ?? '';
  assert.equal((await post('/settings/sessions/end', { csrf: approver.csrf }, approver.cookie)).status, 303);
  assert.deepEqual([await statusOf(approver.cookie), await statusOf(elsewhere)], [200, 303]);
});

test('the smoke test’s password is changed where it is given, not here', async () => {
  const secret = 'a-secret-of-the-smoke-test-0123456789';
  await admitSmokeTest(deps.database, secret);
  const signedIn = await login(smokeTestEmail, secret);
  const cookie = signedIn.headers.get('set-cookie')?.split(';')[0] ?? '';
  const page = await (await app.request('/settings', { headers: { cookie } })).text();
  const csrf = /name="csrf" value="([^"]+)"/.exec(page)?.[1] ?? '';
  const answer = await post('/settings/password', { csrf, current: secret, wanted: another }, cookie);
  assert.equal(answer.status, 422);
  assert.equal((await login(smokeTestEmail, secret)).status, 303);
});

test('an invitation is shown until it is used, and can be withdrawn', async () => {
  const admin = await signIn(deps, 'admin');
  const invited = await post(
    '/settings/users',
    { csrf: admin.csrf, email: 'new@example.org', role: 'viewer' },
    admin.cookie,
  );
  const link = /http:\/\/hub\.test(\/setup\/[\w-]+)/.exec(await invited.text())?.[1] ?? '';
  assert.equal((await app.request(link)).status, 200);
  const settings = async () => (await app.request('/settings', { headers: { cookie: admin.cookie } })).text();
  assert.match(await settings(), /invited[\s\S]*new@example\.org[\s\S]*Withdraw</);
  const withdrawn = { csrf: admin.csrf, email: 'new@example.org' };
  assert.equal((await post('/settings/invitations/withdraw', withdrawn, admin.cookie)).status, 303);
  assert.equal((await app.request(link)).status, 404);
  assert.doesNotMatch(await settings(), /Withdraw</);
  assert.equal((await post('/settings/invitations/withdraw', withdrawn, admin.cookie)).status, 404);
});

test('a key that was made for a month ends then', async () => {
  const admin = await signIn(deps, 'admin');
  const form = { csrf: admin.csrf, consumer: 'ci', scope: 'framework:read', days: '30' };
  const key = /ihk_\w{36}/.exec(await (await post('/settings/keys', form, admin.cookie)).text())?.[0] ?? '';
  const ask = async () => (await app.request('/api/v2/hubs', { headers: { authorization: `Bearer ${key}` } })).status;
  assert.equal(await ask(), 200);
  hub.advance(30 * 86_400_000 + 1000);
  assert.equal(await ask(), 401);
});
