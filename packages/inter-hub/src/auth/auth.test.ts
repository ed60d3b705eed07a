import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import { testHub } from '../testing/hub.ts';
import { signIn, testPassword } from '../testing/signIn.ts';
import { hasAdmin, makeSetupLink } from './setupLink.ts';

const origin = 'http://hub.test';
const minuteMs = 60_000;
const hub = await testHub();
const { app, deps } = hub;

function post(path: string, form: Record<string, string>, headers: Record<string, string> = {}): Promise<Response> {
  return Promise.resolve(
    app.request(path, {
      method: 'POST',
      headers: { origin, 'content-type': 'application/x-www-form-urlencoded', ...headers },
      body: new URLSearchParams(form).toString(),
    }),
  );
}

function get(path: string, cookie: string): Promise<Response> {
  return Promise.resolve(app.request(path, { headers: { cookie } }));
}

function cookieOf(answer: Response): string {
  return (answer.headers.get('set-cookie') ?? '').split(';')[0] ?? '';
}

function login(email: string, password: string, headers: Record<string, string> = {}): Promise<Response> {
  return post('/login', { email, password }, headers);
}

test('the first administrator comes by a link that works once, and the password is chosen there', async () => {
  assert.equal(await hasAdmin(deps.database), false);
  assert.match(await (await app.request('/login')).text(), /inter-hub setup-link/);
  const link = await makeSetupLink(
    deps.database,
    deps.config.baseUrl,
    { email: 'root@example.org', role: 'admin' },
    deps.clock(),
  );
  const path = new URL(link).pathname;
  assert.equal((await app.request(path)).status, 200);
  const short = await post(path, { name: 'Root', password: 'short' });
  assert.equal(short.status, 422);
  const made = await post(path, { name: 'Root', password: testPassword, email: 'other@example.org' });
  assert.equal(made.status, 303);
  assert.equal((await get('/settings', cookieOf(made))).status, 200);
  assert.equal((await app.request(path)).status, 404);
  assert.equal((await post(path, { name: 'Again', password: testPassword })).status, 404);
  assert.equal(await hasAdmin(deps.database), true);
  const users = await deps.database.query('select email from users');
  assert.deepEqual(users, [{ email: 'root@example.org' }]);
});

test('a link ends after a day, or when a newer one is made', async () => {
  const wanted = { email: 'late@example.org', role: 'viewer' } as const;
  const first = await makeSetupLink(deps.database, deps.config.baseUrl, wanted, deps.clock());
  const second = await makeSetupLink(deps.database, deps.config.baseUrl, wanted, deps.clock());
  assert.equal((await app.request(new URL(first).pathname)).status, 404);
  assert.equal((await app.request(new URL(second).pathname)).status, 200);
  hub.advance(24 * 60 * minuteMs + 1000);
  assert.equal((await app.request(new URL(second).pathname)).status, 404);
});

test('the cookie is for the server only, of this site, and bound to the host where there is TLS', async () => {
  const answer = await login('root@example.org', testPassword);
  const cookie = answer.headers.get('set-cookie') ?? '';
  assert.match(cookie, /^hub=/);
  for (const attribute of ['HttpOnly', 'SameSite=Lax', 'Path=/']) assert.ok(cookie.includes(attribute), cookie);
  const secure = await testHub({ IHP_BASEURL: 'https://hub.example.org' });
  await signIn(secure.deps, 'viewer');
  const over = await secure.app.request('/login', {
    method: 'POST',
    headers: { origin: 'https://hub.example.org', 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({ email: 'viewer@example.org', password: testPassword }).toString(),
  });
  assert.match(over.headers.get('set-cookie') ?? '', /^__Host-hub=[^;]+;.*Path=\/;.*Secure/);
  assert.match(over.headers.get('strict-transport-security') ?? '', /max-age/);
});

test('a session fixed before the login is worth nothing after it; signed out it is gone at once', async () => {
  const before = 'hub=attackers-own-token';
  const answer = await login('root@example.org', testPassword, { cookie: before });
  const own = cookieOf(answer);
  assert.notEqual(own, before);
  assert.equal((await get('/settings', before)).status, 303);
  const page = await (await get('/settings', own)).text();
  const csrf = /name="csrf" value="([^"]+)"/.exec(page)?.[1] ?? '';
  assert.equal((await post('/logout', { csrf }, { cookie: own })).status, 303);
  assert.equal((await get('/settings', own)).status, 303);
});

test('a session ends when idle, and after a week however busy', async () => {
  const { cookie } = await signIn(deps, 'operator');
  hub.advance(11 * 60 * minuteMs);
  assert.equal((await get('/triage', cookie)).status, 200);
  hub.advance(13 * 60 * minuteMs);
  assert.equal((await get('/triage', cookie)).status, 303);
  const busy = await signIn(deps, 'operator');
  for (let i = 0; i < 16; i += 1) {
    hub.advance(10 * 60 * minuteMs);
    assert.equal((await get('/triage', busy.cookie)).status, 200);
  }
  hub.advance(10 * 60 * minuteMs);
  assert.equal((await get('/triage', busy.cookie)).status, 303);
});

test('a form from elsewhere, without Origin or token, with another’s token, changes nothing', async () => {
  const admin = await signIn(deps, 'admin');
  const other = await signIn(deps, 'viewer');
  const form = { consumer: 'forged', scope: 'admin' };
  const { cookie } = admin;
  const headers = { cookie, 'content-type': 'application/x-www-form-urlencoded' };
  const body = new URLSearchParams({ ...form, csrf: admin.csrf }).toString();
  const tries: readonly [string, Response][] = [
    [
      'another site',
      await post('/settings/keys', { ...form, csrf: admin.csrf }, { cookie, origin: 'https://evil.example' }),
    ],
    ['no Origin', await app.request('/settings/keys', { method: 'POST', headers, body })],
    ['no token', await post('/settings/keys', form, { cookie })],
    ['another’s token', await post('/settings/keys', { ...form, csrf: other.csrf }, { cookie })],
    ['login from elsewhere', await login('root@example.org', testPassword, { origin: 'https://evil.example' })],
  ];
  for (const [name, answer] of tries) assert.equal(answer.status, 403, name);
  const [row] = await deps.database.query<{ n: number }>(
    `select count(*) as n from api_consumers where name = 'forged'`,
  );
  assert.equal(row?.n, 0);
  assert.equal((await post('/settings/keys', { ...form, csrf: admin.csrf }, { cookie })).status, 200);
});

test('wrong passwords make the one who tries wait, never the owner elsewhere', async () => {
  const trusted = await testHub({ HUB_TRUSTED_PROXIES: '10.0.0.0/8' });
  await signIn(trusted.deps, 'admin');
  trusted.stopClock();
  const from = async (address: string, password: string, remote = '10.0.0.1') => {
    const headers = { origin, 'content-type': 'application/x-www-form-urlencoded', 'x-forwarded-for': address };
    const body = new URLSearchParams({ email: 'admin@example.org', password }).toString();
    const incoming = Object.assign(Readable.from([Buffer.from(body)]), { headers, socket: { remoteAddress: remote } });
    return await trusted.app.request('/login', { method: 'POST', headers, body }, { incoming });
  };
  for (let i = 0; i < 5; i += 1) assert.equal((await from('203.0.113.66', 'wrong')).status, 401);
  const blocked = await from('203.0.113.66', testPassword);
  assert.equal(blocked.status, 429, 'even with the right password');
  assert.ok(Number(blocked.headers.get('retry-after')) > 0);
  assert.equal((await from('198.51.100.7', testPassword)).status, 303, 'the owner, from another address');
  assert.equal((await from('198.51.100.7', testPassword, '203.0.113.66')).status, 429, 'a forged X-Forwarded-For');
  trusted.advance(16 * minuteMs);
  assert.equal((await from('203.0.113.66', testPassword)).status, 303);
  const atOnce = await Promise.all(Array.from({ length: 30 }, () => from('203.0.113.77', 'wrong')));
  const looked = atOnce.filter(({ status }) => status === 401).length;
  assert.equal(looked, 5, 'of thirty tries at once no more are looked at than of thirty in a row');
  for (let i = 0; i < 5; i += 1) assert.equal((await from(`2001:db8::${i}`, 'wrong')).status, 401);
  assert.equal((await from('2001:db8::ffff', testPassword)).status, 429, 'all addresses of one network are one');
  assert.equal((await from('2001:db8:0:1::1', testPassword)).status, 303);
});

test('good logins use no tries up, however many share an address', async () => {
  const shared = await testHub();
  await signIn(shared.deps, 'viewer');
  const body = new URLSearchParams({ email: 'viewer@example.org', password: testPassword }).toString();
  const headers = { origin, 'content-type': 'application/x-www-form-urlencoded' };
  for (let i = 0; i < 31; i += 1) {
    assert.equal((await shared.app.request('/login', { method: 'POST', headers, body })).status, 303);
  }
});

test('a page that asks for itself again keeps no session from ending', async () => {
  const { cookie } = await signIn(deps, 'operator');
  const again = () => app.request('/triage', { headers: { cookie, 'x-live-update': '1' } });
  for (let hours = 0; hours < 11; hours += 1) {
    hub.advance(60 * minuteMs);
    assert.equal((await again()).status, 200);
  }
  hub.advance(61 * minuteMs);
  assert.equal((await again()).status, 303);
});

test('an unknown user and a wrong password look alike', async () => {
  const [unknown, wrong] = [
    await login('nobody@example.org', 'x'.repeat(12)),
    await login('root@example.org', 'x'.repeat(12)),
  ];
  assert.deepEqual([unknown.status, wrong.status], [401, 401]);
  const words = async (answer: Response) => (await answer.text()).replaceAll(/[\w.]+@example\.org/g, 'someone');
  assert.equal(await words(unknown), await words(wrong));
});

test('a disabled user is out at once; nobody changes their own rights', async () => {
  const admin = await signIn(deps, 'admin');
  const viewer = await signIn(deps, 'viewer');
  const { csrf, cookie } = admin;
  assert.equal((await post(`/settings/users/${admin.userId}/disable`, { csrf }, { cookie })).status, 404);
  assert.equal((await post(`/settings/users/${viewer.userId}/disable`, { csrf }, { cookie })).status, 303);
  assert.equal((await get('/triage', viewer.cookie)).status, 303);
  assert.equal((await login('viewer@example.org', testPassword)).status, 401);
});

test('logins, good and bad, and what administrators do are in the audit log and its export', async () => {
  const admin = await signIn(deps, 'admin');
  const text = await (await get('/settings/audit.csv', admin.cookie)).text();
  for (const action of ['login,', 'login.failed', 'user.setup', 'user.change', 'api-key.create'])
    assert.ok(text.includes(action), action);
  assert.doesNotMatch(text, new RegExp(testPassword));
});

test('an approver’s yes reaches the record; an operator’s and a stale page’s do not', async () => {
  const ask = await hub.client(['hub:*:write']);
  const digest = `sha256:${'d'.repeat(64)}`;
  const asked = await ask('POST', '/approvals', { hub: 'app', stage: 'production', digest, requested_by: 'ci' });
  const { id } = (await asked.json()) as { id: string };
  const [operator, approver] = [await signIn(deps, 'operator'), await signIn(deps, 'approver')];
  const path = `/approvals/${id}/approve`;
  const give = (session: typeof operator, form: Record<string, string>) =>
    post(path, { csrf: session.csrf, ...form }, { cookie: session.cookie });
  assert.equal((await give(operator, { digest })).status, 403);
  assert.equal((await give(approver, { digest: `sha256:${'e'.repeat(64)}` })).status, 409);
  assert.equal((await give(approver, { digest, comment: 'fine' })).status, 303);
  const read = (await (await ask('GET', `/approvals/${id}`)).json()) as { status: string; decided_by: string };
  assert.deepEqual([read.status, read.decided_by], ['approved', 'approver@example.org']);
});

test('triage: accepted becomes a requirement, merged and routed keep their trail, rejected needs a reason', async () => {
  const admin = await hub.client(['admin']);
  for (const slug of ['one', 'two']) await admin('POST', '/hubs', { slug, name: slug });
  const candidate = async (title: string) =>
    ((await (await admin('POST', '/requirement-candidates', { hub: 'one', title })).json()) as { id: string }).id;
  const operator = await signIn(deps, 'operator');
  const resolve = (id: string, form: Record<string, string>) =>
    post(`/triage/${id}/resolve`, { csrf: operator.csrf, ...form }, { cookie: operator.cookie });
  const [a, b, c, d] = [await candidate('a'), await candidate('b'), await candidate('c'), await candidate('d')];
  assert.equal((await resolve(a, { to: 'accepted' })).status, 303);
  assert.equal((await resolve(a, { to: 'accepted' })).status, 409);
  assert.equal((await resolve(b, { to: 'merged', into: c })).status, 303);
  assert.equal((await resolve(c, { to: 'routed', hub: 'two' })).status, 303);
  assert.equal((await resolve(d, { to: 'rejected' })).status, 422);
  assert.equal((await resolve(d, { to: 'rejected', reason: 'By design' })).status, 303);
  const { items } = (await (await admin('GET', '/requirements?hub=one')).json()) as {
    items: { candidate_id: string }[];
  };
  assert.deepEqual(
    items.map((item) => item.candidate_id),
    [a],
  );
  const routed = (await (await admin('GET', '/requirement-candidates?hub=two')).json()) as {
    items: { weight: number }[];
  };
  assert.deepEqual(
    routed.items.map((item) => item.weight),
    [2],
  );
});
