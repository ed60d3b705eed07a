import assert from 'node:assert/strict';
import { once } from 'node:events';
import { Agent, createServer, request } from 'node:http';
import { type AddressInfo, connect, createServer as createTcpServer } from 'node:net';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { WebSocket, WebSocketServer } from 'ws';

import { systemClock } from '../../../domain/clock.ts';
import { Exchanges } from './exchanges.ts';
import { openRouter } from './router.ts';
import { app, closers, hostName, routerTo } from './routerFixture.ts';
import { createUpstream } from './upstream.ts';

interface Asked {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Record<string, string>;
  readonly body?: string;
  readonly agent?: Agent | false;
}

async function ask(port: number, { method = 'GET', path = '/', headers = {}, body, agent = false }: Asked = {}) {
  const asked = request({
    host: '127.0.0.1',
    port,
    path,
    method,
    agent,
    headers: { host: hostName, ...headers },
  });
  asked.end(body);
  const [response] = await once(asked, 'response');
  return { status: response.statusCode as number, headers: response.headers, body: await text(response) };
}

test('an app learns who asked from the router, and from nobody else', async () => {
  const { upstream } = await app((req, res) => res.end(JSON.stringify(req.headers)));
  const port = await routerTo(() => upstream);
  const forged = {
    'x-forwarded-for': '6.6.6.6',
    'x-forwarded-host': 'evil',
    'x-forwarded-proto': 'https',
    'x-forwarded-prefix': '/evil',
    'x-real-ip': '6.6.6.6',
    forwarded: 'for=6.6.6.6',
    connection: 'keep-alive, x-hop',
    'x-hop': 'one hop only',
    host: `probe.canary.localhost:${port}`,
  };
  const seen = JSON.parse((await ask(port, { headers: forged })).body) as Record<string, string>;
  assert.deepEqual(
    Object.fromEntries(Object.entries(seen).filter(([name]) => /forwarded|real-ip|^host$|x-hop/.test(name))),
    {
      host: `probe.canary.localhost:${port}`,
      'x-forwarded-for': '127.0.0.1',
      'x-forwarded-proto': 'http',
      'x-forwarded-host': `probe.canary.localhost:${port}`,
    },
  );
});

test('an unknown host is told what there is, as text that cannot act', async () => {
  const port = await routerTo(() => undefined);
  const { status, body, headers } = await ask(port, { headers: { host: '<script>.localhost' } });
  assert.equal(status, 404);
  assert.match(body, /http:\/\/probe\.canary\.localhost/);
  assert.match(String(headers['content-type']), /^text\/plain/);
  const absolute = await ask(port, { path: 'http://other.localhost/x' });
  assert.match(absolute.body, /No app answers at other\.localhost/);
});

test('while nothing is ready: 503, when to come back, and why', async () => {
  const port = await routerTo(() => undefined);
  const { status, body, headers } = await ask(port, { method: 'POST', body: 'x'.repeat(100_000) });
  assert.equal(status, 503);
  assert.equal(headers['retry-after'], '1');
  assert.match(body, /no instance that is ready: it is starting/);
});

test('an idle connection that the app closes just as it is used again fails no request', async () => {
  const seen: string[] = [];
  let connections = 0;
  // Answers once on each connection, and cuts it off when a second request arrives there.
  const server = createTcpServer((socket) => {
    connections++;
    let requests = 0;
    socket.on('error', () => {});
    socket.on('data', (data) => {
      requests++;
      seen.push(String(data).split(' ')[0] ?? '');
      if (requests > 1) return socket.resetAndDestroy();
      socket.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok');
    });
  }).listen({ host: '127.0.0.1', port: 0 });
  await once(server, 'listening');
  closers.push(() => server.close());
  const upstream = createUpstream('127.0.0.1', (server.address() as AddressInfo).port, new Exchanges());
  closers.push(() => upstream.agent.destroy());
  const port = await routerTo(() => upstream);
  for (let index = 0; index < 10; index++) {
    assert.equal((await ask(port)).status, 200);
    assert.equal((await ask(port, { method: 'POST', body: 'once' })).status, 200);
  }
  assert.equal(seen.filter((method) => method === 'POST').length, 10);
  assert.ok(connections > 10, 'connections were cut off');
});

test('a POST whose app breaks off is answered 502, and is not sent twice', async () => {
  let posts = 0;
  const { upstream } = await app((req) => {
    posts++;
    req.socket.destroy();
  });
  const port = await routerTo(() => upstream);
  const { status, body } = await ask(port, { method: 'POST', body: 'once' });
  assert.deepEqual([status, posts], [502, 1]);
  assert.match(body, /probe on canary broke off before it answered/);
});

test('half an answer is never made to look whole', async () => {
  const { upstream } = await app((_req, res) => {
    res.write('half');
    setTimeout(() => res.destroy(), 20);
  });
  const port = await routerTo(() => upstream);
  await assert.rejects(ask(port), { code: 'ECONNRESET' });
});

test('both directions stream, piece by piece', async () => {
  const { upstream } = await app((req, res) => req.pipe(res));
  const port = await routerTo(() => upstream);
  const asked = request({
    host: '127.0.0.1',
    port,
    method: 'POST',
    agent: false,
    headers: { host: hostName },
  });
  asked.write('one');
  const [response] = await once(asked, 'response');
  for (const piece of ['one', 'two', 'three']) {
    if (piece !== 'one') asked.write(piece);
    const [data] = await once(response, 'data');
    assert.equal(String(data), piece);
  }
  asked.end();
  await once(response, 'end');
});

test('a connection of a client outlives that of the app', async () => {
  const { upstream } = await app((_req, res) => res.setHeader('connection', 'close').end('bye'));
  const port = await routerTo(() => upstream);
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  closers.push(() => agent.destroy());
  let sockets = 0;
  for (let index = 0; index < 3; index++) {
    const asked = request({ host: '127.0.0.1', port, agent, headers: { host: hostName } });
    asked.once('socket', (socket) => socket.once('connect', () => sockets++));
    asked.end();
    const [response] = await once(asked, 'response');
    assert.equal(response.headers.connection, 'keep-alive');
    await text(response);
  }
  assert.equal(sockets, 1);
});

test('an offer of another protocol is declined, and the request answered', async () => {
  const { upstream } = await app((req, res) => res.end(`upgrade: ${req.headers.upgrade}`));
  const port = await routerTo(() => upstream);
  const socket = connect({ host: '127.0.0.1', port });
  socket.write(
    'GET / HTTP/1.1\r\nhost: probe.canary.localhost\r\nconnection: Upgrade, HTTP2-Settings, close\r\nupgrade: h2c\r\nhttp2-settings: AAMAAABkAAQAAP__\r\n\r\n',
  );
  assert.match(await text(socket), /^HTTP\/1\.1 200 [\s\S]*upgrade: undefined$/);
});

test('draining waits for requests and leaves streams and sockets alone until they are closed', async () => {
  let finish = () => {};
  const { server, upstream } = await app((req, res) => {
    if (req.url === '/slow') {
      finish = () => void res.end('done');
      return;
    }
    res.writeHead(200, { 'content-type': 'text/event-stream' });
    res.write('data: one\n\n');
  });
  const sockets = new WebSocketServer({ server });
  const port = await routerTo(() => upstream);
  const slow = ask(port, { path: '/slow' });
  const headers = { host: hostName };
  const events = request({ host: '127.0.0.1', port, path: '/events', agent: false, headers }).end();
  const [stream] = await once(events, 'response');
  const told = text(stream);
  const ws = new WebSocket(`ws://127.0.0.1:${port}/`, { headers });
  await once(ws, 'open');
  const closed = once(ws, 'close');
  while (upstream.exchanges.size < 3) await wait(5);
  const began = performance.now();
  const drained = upstream.exchanges.drain(60_000, systemClock).then(() => 'drained');
  assert.equal(await Promise.race([drained, wait(100, 'waiting')]), 'waiting');
  finish();
  await drained;
  assert.ok(performance.now() - began < 30_000);
  assert.equal((await slow).body, 'done');
  assert.equal(ws.readyState, WebSocket.OPEN);
  upstream.exchanges.closeStreams();
  // Ended, and not cut off: an EventSource comes back by itself.
  assert.equal(await told, 'data: one\n\n');
  await closed;
  while (upstream.exchanges.size > 0) await wait(5);
  sockets.close();
});

test('draining does not wait for ever', async () => {
  const { upstream } = await app(() => {});
  const port = await routerTo(() => upstream);
  const stuck = ask(port).catch(() => 'cut off');
  while (upstream.exchanges.size === 0) await wait(5);
  const began = performance.now();
  await upstream.exchanges.drain(100, systemClock);
  assert.ok(performance.now() - began < 10_000);
  upstream.agent.destroy();
  assert.ok(await stuck);
});

test('a taken port is named, with what to do', async () => {
  const other = createServer().listen({ host: '127.0.0.1', port: 0 });
  await once(other, 'listening');
  closers.push(() => other.close());
  const { port } = other.address() as AddressInfo;
  await assert.rejects(openRouter({ port, resolve: () => ({ kind: 'unknown', urls: [] }) }), {
    name: 'Failure',
    message: new RegExp(`port ${port} of 127\\.0\\.0\\.1 is taken`),
    hint: 'choose another one: railiance local up --port <n>',
    exitCode: 6,
  });
});
