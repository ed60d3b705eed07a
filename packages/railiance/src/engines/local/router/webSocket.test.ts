import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { Server } from 'node:http';
import { connect, type Socket } from 'node:net';
import { networkInterfaces } from 'node:os';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { WebSocket, WebSocketServer } from 'ws';

import { systemClock } from '../../../domain/clock.ts';
import { app, hostName, routerTo } from './routerFixture.ts';

const hasIpv6 = Object.values(networkInterfaces()).some((all) => all?.some(({ address }) => address === '::1'));

function open(port: number, path = '/'): WebSocket {
  return new WebSocket(`ws://127.0.0.1:${port}${path}`, { headers: { host: hostName } });
}

async function errorOf(socket: WebSocket): Promise<Error> {
  const [error] = await once(socket, 'error');
  return error as Error;
}

/** A handshake by hand, to see the whole answer. */
function shake(port: number): Socket {
  const socket = connect({ host: '127.0.0.1', port });
  const upgrade = 'connection: Upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13';
  socket.write(`GET / HTTP/1.1\r\nhost: ${hostName}\r\n${upgrade}\r\nsec-websocket-key: ${'A'.repeat(22)}==\r\n\r\n`);
  return socket;
}

/** The app's side of handshakes, which stay without an answer. */
function silent(server: Server): Socket[] {
  const handshakes: Socket[] = [];
  server.on('upgrade', (_request, socket: Socket) => {
    socket
      .on('error', () => {})
      .on('end', () => socket.destroy())
      .resume();
    handshakes.push(socket);
  });
  return handshakes;
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await wait(5);
}

for (const host of hasIpv6 ? ['127.0.0.1', '::1'] : ['127.0.0.1']) {
  test(`WebSockets pass to an app that listens on ${host}`, { timeout: 10_000 }, async () => {
    const { server, upstream } = await app(() => {}, host);
    const sockets = new WebSocketServer({ server });
    sockets.on('connection', (ws) => ws.on('message', (data) => ws.send(`echo ${data}`)));
    const ws = open(await routerTo(() => upstream));
    await once(ws, 'open');
    for (let index = 0; index < 20; index++) {
      ws.send('x'.repeat(index * 1000));
      const [data] = await once(ws, 'message');
      assert.equal(String(data).length, index * 1000 + 5);
    }
    ws.close();
    await once(ws, 'close');
    await until(() => upstream.exchanges.size === 0);
  });
}

test('a refused WebSocket gets the words of the app, and one that finds nothing ready those of the router', async () => {
  const { server, upstream } = await app(() => {});
  let ready = true;
  const port = await routerTo(() => (ready ? upstream : undefined));
  server.on('upgrade', (_request, socket) => socket.end('HTTP/1.1 401 Unauthorized\r\ncontent-length: 0\r\n\r\n'));
  assert.match((await errorOf(open(port))).message, /401/);
  ready = false;
  assert.match((await errorOf(open(port))).message, /503/);
});

test('an app without WebSockets answers a handshake as the request it is', async () => {
  const { upstream } = await app((_request, response) => response.write('no ', () => response.end('sockets here')));
  const port = await routerTo(() => upstream);
  const answer = await text(shake(port));
  assert.match(answer, /^HTTP\/1\.1 200 OK\r\n/);
  assert.match(answer, /no [\s\S]*sockets here/);
  await until(() => upstream.exchanges.size === 0);
});

test('a handshake that the app breaks off is answered 502', { timeout: 10_000 }, async () => {
  const { server, upstream } = await app(() => {});
  server.on('upgrade', (_request, socket) => socket.destroy());
  const port = await routerTo(() => upstream);
  assert.match(await text(shake(port)), /^HTTP\/1\.1 502 [\s\S]*probe on canary broke off before it answered/);
  server.close();
  server.closeAllConnections();
  await once(server, 'close');
  assert.match(await text(shake(port)), /^HTTP\/1\.1 502 [\s\S]*ECONNREFUSED/);
  await until(() => upstream.exchanges.size === 0);
});

test('a handshake that the app never answers is answered 504 after a while', { timeout: 10_000 }, async () => {
  const { server, upstream } = await app(() => {});
  const handshakes = silent(server);
  const port = await routerTo(() => upstream, { handshakeTimeoutMs: 100 });
  const answer = await text(shake(port));
  assert.match(answer, /^HTTP\/1\.1 504 [\s\S]*probe on canary did not answer the WebSocket's handshake within 0\.1 s/);
  await until(() => upstream.exchanges.size === 0 && handshakes.every(({ destroyed }) => destroyed));
});

test('an open WebSocket may be silent for longer than a handshake', { timeout: 10_000 }, async () => {
  const { server, upstream } = await app(() => {});
  new WebSocketServer({ server }).on('connection', (ws) => ws.on('message', () => ws.send('still here')));
  const ws = open(await routerTo(() => upstream, { handshakeTimeoutMs: 50 }));
  await once(ws, 'open');
  await wait(150);
  ws.send('?');
  assert.equal(String((await once(ws, 'message'))[0]), 'still here');
  ws.terminate();
});

for (const leave of ['end', 'destroy', 'resetAndDestroy'] as const) {
  test(`the app is told of a client that leaves before its handshake is answered: ${leave}`, {
    timeout: 10_000,
  }, async () => {
    const { server, upstream } = await app(() => {});
    const handshakes = silent(server);
    const client = shake(await routerTo(() => upstream));
    await until(() => handshakes.length === 1);
    client[leave]();
    await until(() => upstream.exchanges.size === 0 && handshakes.every(({ destroyed }) => destroyed));
  });
}

test('draining waits for a handshake that is under way', { timeout: 10_000 }, async () => {
  const { server, upstream } = await app(() => {});
  const sockets = new WebSocketServer({ noServer: true });
  let answer = () => {};
  server.on('upgrade', (request, socket, head) => {
    answer = () => sockets.handleUpgrade(request, socket, head, () => {});
  });
  const ws = open(await routerTo(() => upstream));
  await once(server, 'upgrade');
  const drained = upstream.exchanges.drain(60_000, systemClock).then(() => 'drained');
  assert.equal(await Promise.race([drained, wait(50, 'waiting')]), 'waiting');
  answer();
  await once(ws, 'open');
  assert.equal(await drained, 'drained');
  assert.equal(ws.readyState, WebSocket.OPEN);
  upstream.exchanges.closeStreams();
  await once(ws, 'close');
});
