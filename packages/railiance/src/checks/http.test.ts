import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { after, before, describe, test } from 'node:test';

import type { SmokeSpec } from '../domain/app.ts';
import type { CheckContext } from './check.ts';
import { checkContext, checkContract } from './contract.ts';
import { smokeCheck } from './http.ts';

const frontPage: SmokeSpec = {
  name: 'front page',
  path: '/',
  method: 'GET',
  headers: {},
  expect: { header: {}, withinMs: 5_000 },
  passes: 1,
};

const requests: IncomingMessage[] = [];
const answers: Record<string, RequestListener> = {
  '/': (_, response) => response.setHeader('content-type', 'text/html').end('<h1>Probe</h1>'),
  '/broken': (_, response) => response.writeHead(500).end('token hush-hush and hush-hush'),
  '/moved': (_, response) => response.writeHead(302, { location: '/' }).end(),
  '/cookie': (_, response) => response.writeHead(200, { 'set-cookie': ['a=1', 'b=2'] }).end(),
  '/reset': (_, response) => response.socket?.destroy(),
  '/silent': () => {},
  '/endless': (_, response) => {
    response.writeHead(200).write('begun');
  },
  '/flood': (_, response) => {
    const write = () => {
      while (!response.destroyed && response.write('x'.repeat(65_536)));
      if (!response.destroyed) response.once('drain', write);
    };
    write();
  },
  '/echo': (request, response) => request.pipe(response),
  '/login': async (request, response) => {
    const { origin, host, 'content-type': type } = request.headers;
    const form = new URLSearchParams(await text(request));
    const good = origin === `http://${host}` && type === 'application/x-www-form-urlencoded';
    if (!good || form.get('who') !== 'a&b' || form.get('password') !== 'hush-hush') response.writeHead(401).end();
    else response.writeHead(303, { location: '/', 'set-cookie': ['seat=1; Path=/; HttpOnly', 'old=x'] }).end();
  },
  '/inside': (request, response) => {
    const isGuest = request.headers.cookie !== 'seat=1; old=x' && request.headers.cookie !== 'seat=2; old=x';
    response.writeHead(isGuest ? 302 : 200, { 'set-cookie': 'seat=2; Expires=Wed, 21 Oct 2030 07:28:00 GMT' }).end();
  },
  '/flaky': (_, response) =>
    response.writeHead(requests.filter(({ url }) => url === '/flaky').length > 2 ? 503 : 200).end(),
};
const server = createServer((request, response) => {
  requests.push(request);
  (answers[request.url ?? ''] ?? ((_, missing) => missing.writeHead(404).end()))(request, response);
});
before(async () => await once(server.listen(0, '127.0.0.1'), 'listening'));
after(() => server.close().closeAllConnections());

const signIn = { path: '/login', method: 'POST', form: { who: 'a&b', password: '$' + '{TOKEN}' } };
const context = (): CheckContext => {
  const { port } = server.address() as AddressInfo;
  return checkContext({
    route: { url: 'http://probe.canary.localhost:8080', connect: { host: '127.0.0.1', port } },
    redact: (text) => text.replaceAll('hush-hush', '[secret]'),
    secret: (name) => (name === 'TOKEN' ? 'hush-hush' : undefined),
  });
};
const spec = (parts: Partial<Omit<SmokeSpec, 'expect'>> & { expect?: Partial<SmokeSpec['expect']> }): SmokeSpec => ({
  ...frontPage,
  ...parts,
  expect: { ...frontPage.expect, ...parts.expect },
});
const smoke = async (parts: Parameters<typeof spec>[0]) => await smokeCheck.run(spec(parts), context());

checkContract('smoke', () => ({
  check: smokeCheck,
  pass: spec({}),
  fail: spec({ path: '/broken' }),
  unknown: spec({ headers: { authorization: `Bearer $\{ABSENT}` } }),
  asks: true,
  context,
}));

describe('smoke check', () => {
  for (const [parts, verdict, summary] of [
    [{}, 'pass', /^GET \/ answered 200 in \d+ ms$/],
    [{ passes: 3 }, 'pass', /^GET \/ answered 200 in \d+ ms, 3 times in a row$/],
    [{ path: '/broken' }, 'fail', /^GET \/broken answered 500, expected below 500$/],
    [{ path: '/broken', expect: { status: 200 } }, 'fail', /^GET \/broken answered 500, expected 200$/],
    [{ path: '/nowhere' }, 'pass', /answered 404/],
    [{ path: '/moved', expect: { status: 200 } }, 'fail', /answered 302, expected 200$/],
    [{ path: '/moved', expect: { status: 302, header: { Location: '/' } } }, 'pass', /answered 302/],
    [{ expect: { body: 'Probe' } }, 'pass', /200/],
    [{ expect: { body: '/<h1>P.+e</' } }, 'pass', /200/],
    [{ expect: { body: 'Inter-Hub' } }, 'fail', /its body does not have "Inter-Hub"$/],
    [{ expect: { body: '/(/' } }, 'unknown', /could not be compared/],
    [{ expect: { header: { 'Content-Type': 'text/html' } } }, 'pass', /200/],
    [
      { expect: { header: { 'content-type': '/css$/' } } },
      'fail',
      /content-type: "text\/html" does not have "\/css\$\/"/,
    ],
    [{ expect: { header: { etag: '' } } }, 'fail', /without the header etag$/],
    [{ path: '/cookie', expect: { header: { 'set-cookie': 'a=1, b=2' } } }, 'pass', /200/],
    [{ path: '/cookie', expect: { header: { 'set-cookie': 'c=3' } } }, 'fail', /the header set-cookie does not have/],
    [{ path: '/reset' }, 'fail', /cut off/],
    [{ path: '/silent', expect: { withinMs: 100 } }, 'fail', /did not answer within 100 ms$/],
    [{ path: '/endless', expect: { withinMs: 100 } }, 'fail', /answered 200, but did not end its body within 100 ms$/],
    [{ path: '/flood', expect: { body: 'y' } }, 'fail', /the first 1 MiB of its body does not have "y"$/],
    [{ path: '/echo', method: 'POST', body: 'höflich', expect: { body: 'höflich' } }, 'pass', /^POST \/echo/],
    [
      { ...signIn, expect: { status: 303 }, visit: ['/inside', '/inside'] },
      'pass',
      /^POST \/login answered 303 in \d+ ms, and then 2 pages answered 200$/,
    ],
    [
      { ...signIn, visit: ['/inside', '/nowhere'] },
      'fail',
      /^POST \/login passed, and then GET \/nowhere answered 404/,
    ],
    [
      { ...signIn, form: { who: 'b' }, expect: { status: 303 }, visit: ['/inside'] },
      'fail',
      /answered 401, expected 303/,
    ],
    [{ visit: ['/inside'] }, 'fail', /and then GET \/inside answered 302, expected 200$/],
    [{ visit: ['/silent'], expect: { withinMs: 100 } }, 'fail', /and then GET \/silent did not answer within 100 ms$/],
    [{ path: '/ü?a=b c' }, 'pass', /404/],
    [{ path: '//elsewhere.example/' }, 'pass', /404/],
    [{ method: 'NO SUCH' }, 'unknown', /could not be asked/],
    [{ headers: { 'x-a': 'a\nb' } }, 'unknown', /could not be asked/],
  ] as const) {
    test(`${JSON.stringify(parts)} is a ${verdict}`, async () => {
      const result = await smoke(parts);
      assert.match(result.summary, summary);
      assert.equal(result.verdict, verdict);
    });
  }

  test('sends the Host of the route to the address of the route', async () => {
    await smoke({ path: '/ü?a=b c' });
    assert.equal(requests.at(-1)?.headers.host, 'probe.canary.localhost:8080');
    assert.equal(requests.at(-1)?.url, '/%C3%BC?a=b%20c');
    assert.equal(requests.at(-1)?.headers.connection, 'close');
  });

  test('sends secrets in headers, and shows only their names', async () => {
    const result = await smoke({ path: '/broken', headers: { Authorization: `Bearer $\{TOKEN}`, Host: 'other' } });
    assert.equal(requests.at(-1)?.headers.authorization, 'Bearer hush-hush');
    assert.equal(requests.at(-1)?.headers.host, 'other');
    assert.doesNotMatch(JSON.stringify(result), /hush-hush/);
    assert.match(JSON.stringify(result.evidence), /token \[secret\] and \[secret\]/);
  });

  test('sends secrets in forms, and shows only their names', async () => {
    const { evidence } = await smoke({ ...signIn, visit: ['/broken'] });
    assert.doesNotMatch(JSON.stringify(evidence), /hush-hush|seat=/);
    const { request } = evidence as { request: { form: object } };
    assert.deepEqual(request.form, signIn.form);
  });

  test('keeps what was asked and answered as evidence, bounded', async () => {
    const { evidence } = await smoke({ path: '/flood' });
    const { request, answer } = evidence as { request: { url: string }; answer: { body: string; truncated: boolean } };
    assert.equal(request.url, 'http://probe.canary.localhost:8080/flood');
    assert.equal(answer.body.length, 2048);
    assert.equal(answer.truncated, true);
    assert.doesNotMatch(JSON.stringify((await smoke({ path: '/cookie' })).evidence), /a=1/);
  });

  test('wants its passes in a row: the first answer that differs decides', async () => {
    const result = await smoke({ path: '/flaky', passes: 5 });
    assert.equal(result.verdict, 'fail');
    assert.deepEqual(result.evidence?.passes, { wanted: 5, made: 2 });
  });

  test('fails with words where nothing listens', async () => {
    const free = createServer();
    await once(free.listen(0, '127.0.0.1'), 'listening');
    const { port } = free.address() as AddressInfo;
    await once(free.close(), 'close');
    const route = { url: 'http://probe.localhost', connect: { host: '127.0.0.1', port } };
    const result = await smokeCheck.run(frontPage, { ...context(), route });
    assert.equal(result.summary, `GET / found nothing listening at 127.0.0.1:${port}`);
    assert.equal(result.verdict, 'fail');
  });

  test('stops at once when it is told to', async () => {
    const stop = new AbortController();
    const running = smokeCheck.run(spec({ path: '/silent' }), { ...context(), signal: stop.signal });
    setTimeout(() => stop.abort(), 50);
    const result = await running;
    assert.equal(result.verdict, 'unknown');
    assert.ok(result.durationMs < 2_000);
  });
});
