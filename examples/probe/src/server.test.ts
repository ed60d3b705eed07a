import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { connect, createServer } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

import { withPostgres } from '../../../packages/railiance/src/testing/postgres.ts';

const program = (name: string) => fileURLToPath(new URL(name, import.meta.url));

async function freePort(): Promise<number> {
  const server = createServer();
  await once(server.listen(0), 'listening');
  const address = server.address();
  await once(server.close(), 'close');
  return typeof address === 'object' && address ? address.port : 0;
}

async function isListening(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch (error) {
    assert.equal((error as NodeJS.ErrnoException).code, 'ECONNREFUSED');
    return false;
  } finally {
    socket.destroy();
  }
}

interface Running {
  readonly process: ChildProcess;
  readonly port: number;
  readonly ended: Promise<readonly [number | null, string | null]>;
}

async function start(databaseUrl: string): Promise<Running> {
  const port = await freePort();
  const env = { DATABASE_URL: databaseUrl, PORT: String(port), RAILIANCE_TAG: '1a2b3c4', RAILIANCE_STAGE: '<canary>' };
  const child = spawn(process.execPath, [program('./server.ts')], { env, stdio: ['ignore', 'pipe', 'ignore'] });
  const ended = once(child, 'exit').then(([code, signal]) => [code, signal] as const);
  await once(child.stdout, 'data');
  return { process: child, port, ended };
}

const url = await withPostgres(async (fresh) => fresh);
let running: Running;
before(async () => {
  const env = { DATABASE_URL: url };
  assert.equal(spawnSync(process.execPath, [program('./migrate.ts')], { env }).status, 0);
  running = await start(url);
});
after(() => running.process.kill('SIGKILL'));

const ask = async (path: string, init?: RequestInit) =>
  await fetch(`http://127.0.0.1:${running.port}${path}`, { redirect: 'manual', ...init });
const post = async (path: string, type: string, body: string, headers: Record<string, string> = {}) =>
  await ask(path, { method: 'POST', body, headers: { 'content-type': type, ...headers } });
const list = async () =>
  ((await (await ask('/api/probes')).json()) as { probes: { id: number; name: string }[] }).probes;

describe('probe', () => {
  test('shows its release on every answer, escaped on the page', async () => {
    const page = await ask('/');
    assert.equal(page.status, 200);
    assert.equal(page.headers.get('x-release'), '1a2b3c4');
    assert.match(await page.text(), /<h1>Probe<\/h1>[\s\S]*<b>1a2b3c4<\/b> on <b>&lt;canary&gt;<\/b>/);
    assert.deepEqual(await (await ask('/healthz')).json(), {
      status: 'ok',
      release: { tag: '1a2b3c4', stage: '<canary>' },
    });
  });

  test('adds a probe by the form, and shows it without letting it into the markup', async () => {
    const name = '<script>alert("1")</script> & \'x\'';
    const added = await post('/probes', 'application/x-www-form-urlencoded', `${new URLSearchParams({ name })}`);
    assert.equal(added.status, 303);
    assert.equal(added.headers.get('location'), '/');
    const page = await (await ask('/')).text();
    assert.match(page, /<td>&lt;script&gt;alert\(&quot;1&quot;\)&lt;\/script&gt; &amp; &#39;x&#39;<\/td>/);
    assert.doesNotMatch(page, /<script/);
  });

  test('adds a probe by the API, newest first', async () => {
    const added = await post('/api/probes', 'application/json', '{"name":" north \\"window\\" "}');
    assert.equal(added.status, 201);
    const probe = (await added.json()) as { id: number; name: string; created_at: string };
    assert.equal(probe.name, 'north "window"');
    assert.ok(Math.abs(Date.parse(probe.created_at) - Date.now()) < 60_000);
    assert.deepEqual((await list())[0], probe);
  });

  test('keeps one smoke probe, however many deploys add one', async () => {
    const ids = new Set<number>();
    for (let deploy = 0; deploy < 3; deploy++) {
      const added = await post('/api/probes', 'application/json', '{"name":"smoke"}');
      assert.equal(added.status, 201);
      ids.add(((await added.json()) as { id: number }).id);
    }
    assert.equal(ids.size, 3);
    assert.equal((await list()).filter(({ name }) => name === 'smoke').length, 1);
  });

  const long = 'x'.repeat(101);
  for (const [what, path, type, body, headers, status] of [
    ['no name', '/api/probes', 'application/json', '{}', {}, 422],
    ['an empty name', '/api/probes', 'application/json', '{"name":"  "}', {}, 422],
    ['a long name', '/api/probes', 'application/json', JSON.stringify({ name: long }), {}, 422],
    ['half a character', '/api/probes', 'application/json', '{"name":"\\ud800"}', {}, 422],
    ['a NUL', '/api/probes', 'application/json', '{"name":"a\\u0000"}', {}, 422],
    ['a number', '/api/probes', 'application/json', '{"name":1}', {}, 422],
    ['null', '/api/probes', 'application/json', 'null', {}, 422],
    ['no JSON', '/api/probes', 'application/json', '{', {}, 400],
    ['another type', '/api/probes', 'text/plain', '{"name":"a"}', {}, 415],
    ['a flood', '/api/probes', 'application/json', JSON.stringify({ name: 'x'.repeat(1e6) }), {}, 413],
    ['an empty form', '/probes', 'application/x-www-form-urlencoded', '', {}, 422],
    [
      "another site's form",
      '/probes',
      'application/x-www-form-urlencoded',
      'name=a',
      { 'sec-fetch-site': 'cross-site' },
      403,
    ],
    ['a page to be made', '/nowhere', 'application/json', '{}', {}, 404],
    ['a name of every object', '/constructor', 'application/json', '{}', {}, 404],
    ['a wrong method', '/healthz', 'application/json', '{}', {}, 405],
  ] as const) {
    test(`answers ${what} with ${status}`, async () => {
      const before = await list();
      const answer = await post(path, type, body, headers);
      assert.equal(answer.status, status);
      await answer.arrayBuffer();
      assert.deepEqual(await list(), before);
    });
  }

  test('takes 100 characters, whatever their size', async () => {
    const name = '🛰'.repeat(100);
    assert.equal((await post('/api/probes', 'application/json', JSON.stringify({ name }))).status, 201);
    assert.equal((await list())[0]?.name, name);
  });

  test('serves its style sheet, and heads without bodies', async () => {
    const styles = await ask('/static/app.css');
    assert.equal(styles.headers.get('content-type'), 'text/css; charset=utf-8');
    assert.match(await styles.text(), /light-dark/);
    const head = await ask('/', { method: 'HEAD' });
    assert.equal(head.status, 200);
    assert.equal(await head.text(), '');
  });

  test('says by /readyz, not by /healthz, that its database is away', async () => {
    assert.equal((await ask('/readyz')).status, 200);
    const alone = await start('postgresql://nobody:x@127.0.0.1:1/none');
    try {
      const status = async (path: string) => (await fetch(`http://127.0.0.1:${alone.port}${path}`)).status;
      assert.equal(await status('/healthz'), 200);
      assert.equal(await status('/readyz'), 503);
      assert.equal(await status('/'), 500);
    } finally {
      alone.process.kill('SIGTERM');
    }
    assert.deepEqual(await alone.ended, [0, null]);
  });
});

describe('probe, told to stop', () => {
  test('ends with 0 at once, idle keep-alive connections notwithstanding', async () => {
    const stopping = await start(url);
    const agent = new Agent({ keepAlive: true });
    const [response] = await once(request({ agent, port: stopping.port, path: '/' }).end(), 'response');
    await response.resume().toArray();
    const started = performance.now();
    stopping.process.kill('SIGTERM');
    assert.deepEqual(await stopping.ended, [0, null]);
    // The connection itself would be kept for five seconds.
    assert.ok(performance.now() - started < 4_500);
    agent.destroy();
  });

  test('answers the request that is under way, takes no other, and then ends', async () => {
    const stopping = await start(url);
    const agent = new Agent({ keepAlive: true });
    const headers = { 'content-type': 'application/json', expect: '100-continue' };
    const upload = request({ agent, port: stopping.port, path: '/api/probes', method: 'POST', headers });
    upload.write('{"name":');
    await once(upload, 'continue');
    stopping.process.kill('SIGTERM');
    while (await isListening(stopping.port)) await wait(20);
    upload.end('"under way"}');
    const [response] = await once(upload, 'response');
    assert.equal(response.statusCode, 201);
    await response.resume().toArray();
    assert.deepEqual(await stopping.ended, [0, null]);
    assert.ok((await list()).some(({ name }) => name === 'under way'));
    agent.destroy();
  });

  test('does not start without a database to name', () => {
    const { status, stderr } = spawnSync(process.execPath, [program('./server.ts')], { env: {}, encoding: 'utf8' });
    assert.equal(status, 1);
    assert.equal(stderr, 'probe: error: DATABASE_URL is not set\n');
  });
});
