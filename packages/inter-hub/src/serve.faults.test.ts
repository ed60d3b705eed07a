import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { startHub } from '../test/hubProcess.ts';
import { issueKey } from './api/keyStore.ts';
import { openDatabase } from './database/pool.ts';
import { cloudEvent } from './testing/events.ts';
import { closeAtEnd, silent, testDatabase } from './testing/postgres.ts';

const url = await testDatabase();
const database = openDatabase({ url, logger: silent });
closeAtEnd(() => database.close());
const hub = await startHub({
  DATABASE_URL: url,
  IHP_SESSION_SECRET: 'f'.repeat(64),
  // As app.toml starts it.
  NODE_OPTIONS: '--max-semi-space-size=8 --max-old-space-size=192',
});
closeAtEnd(async () => {
  await hub.end('SIGKILL');
});
const port = Number(new URL(hub.url).port);

async function key(ratePerMinute: number): Promise<string> {
  const consumer = `client-${ratePerMinute}`;
  return (await issueKey(database, { consumer, scopes: ['hub:*:write'], createdBy: 'test', ratePerMinute })).key;
}

async function post(
  bearer: string,
  body: string | Uint8Array<ArrayBuffer>,
  headers: Record<string, string> = {},
): Promise<number> {
  const answer = await fetch(`${hub.url}/api/v2/events`, {
    method: 'POST',
    headers: { authorization: `Bearer ${bearer}`, 'content-type': 'application/cloudevents+json', ...headers },
    body,
  });
  await answer.arrayBuffer();
  return answer.status;
}

async function open(): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1' });
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  return socket;
}

test('headers without end, and what is no HTTP, are refused in the form of every error', async () => {
  const tries: readonly [string, number, string][] = [
    [
      `GET /api/v2/hubs HTTP/1.1\r\nHost: hub\r\nAuthorization: Bearer ${'a'.repeat(40_000)}\r\n\r\n`,
      431,
      'headers_too_large',
    ],
    [
      `GET /api/v2/hubs HTTP/1.1\r\nHost: hub\r\nAuthorization: Bearer ${'a'.repeat(2 ** 20)}\r\n\r\n`,
      431,
      'headers_too_large',
    ],
    ['What is this?\r\n\r\n', 400, 'not_http'],
  ];
  for (const [sent, status, name] of tries) {
    const socket = await open();
    let text = '';
    socket.setEncoding('utf8').on('data', (chunk) => {
      text += chunk;
    });
    socket.write(sent);
    await once(socket, 'close');
    assert.match(text, new RegExp(`^HTTP/1.1 ${status} [\\s\\S]*application/problem\\+json[\\s\\S]*"error":"${name}"`));
  }
  assert.equal((await fetch(`${hub.url}/readyz`)).status, 200);
});

test('two Authorization headers are none, whichever of them is good; nor is a key in the address', async () => {
  const good = `Authorization: Bearer ${await key(5006)}`;
  const bad = 'Authorization: Bearer nothing';
  const asked: readonly [string, string][] = [
    ['/api/v2/hubs', `${good}\r\n${bad}`],
    ['/api/v2/hubs', `${bad}\r\n${good}`],
    ['/api/v2/hubs', `${good}\r\n${good}`],
    [`/api/v2/hubs?access_token=${good.slice(22)}`, 'Accept: */*'],
  ];
  for (const [path, headers] of asked) {
    const socket = await open();
    socket.write(`GET ${path} HTTP/1.1\r\nHost: hub\r\n${headers}\r\n\r\n`);
    const [answer] = (await once(socket, 'data')) as [Buffer];
    assert.match(answer.toString(), /^HTTP\/1.1 401 [\s\S]*application\/problem\+json/, headers);
    socket.destroy();
  }
});

test('5,000 connections that say nothing hold nobody up', async () => {
  const good = await key(5001);
  const sockets: Socket[] = [];
  for (let n = 0; n < 5000; n += 250) sockets.push(...(await Promise.all(Array.from({ length: 250 }, open))));
  assert.equal(await post(good, JSON.stringify(cloudEvent())), 201);
  assert.equal((await fetch(`${hub.url}/readyz`)).status, 200);
  for (const socket of sockets) socket.destroy();
});

test('bodies that come a byte at a time hold nobody up', async () => {
  const good = await key(5002);
  const head = `POST /api/v2/events HTTP/1.1\r\nHost: hub\r\nAuthorization: Bearer ${good}\r\nContent-Type: application/json\r\n`;
  const slow = await Promise.all(Array.from({ length: 200 }, open));
  const timer = setInterval(() => {
    for (const socket of slow) socket.write(' ');
  }, 20);
  for (const socket of slow) socket.write(`${head}Content-Length: 1000000\r\n\r\n`);
  for (let n = 0; n < 20; n += 1) assert.equal(await post(good, JSON.stringify(cloudEvent())), 201);
  clearInterval(timer);
  for (const socket of slow) socket.destroy();
});

test('a compressed body is not unpacked, an endless one is cut, a lying one is refused', async () => {
  const good = await key(5003);
  const bomb = new Uint8Array(gzipSync(Buffer.alloc(100 * 1024 * 1024)));
  assert.equal(await post(good, bomb, { 'content-encoding': 'gzip' }), 415);
  const socket = await open();
  socket.write(
    `POST /api/v2/events HTTP/1.1\r\nHost: hub\r\nAuthorization: Bearer ${good}\r\nContent-Type: application/json\r\n` +
      'Transfer-Encoding: chunked\r\n\r\n',
  );
  const piece = `10000\r\n${' '.repeat(65_536)}\r\n`;
  let written = 0;
  const feed = setInterval(() => {
    if (socket.writable && socket.write(piece)) written += 65_536;
  }, 1);
  const [answer] = (await once(socket, 'data')) as [Buffer];
  clearInterval(feed);
  socket.destroy();
  assert.match(answer.toString(), /^HTTP\/1\.1 413 /);
  assert.ok(written < 20 * 1024 * 1024, `${written} bytes were taken before the answer`);
  const liar = await open();
  liar.write(
    'POST /api/v2/events HTTP/1.1\r\nHost: hub\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
  );
  const [refused] = (await once(liar, 'data')) as [Buffer];
  assert.match(refused.toString(), /^HTTP\/1\.1 400 /);
  liar.destroy();
});

test('more large batches at once than fit in memory: some are told to come again, all others are stored', async () => {
  const good = await key(5005);
  const batch = (name: number) =>
    JSON.stringify(
      Array.from({ length: 500 }, (_, n) =>
        cloudEvent({ id: `${name}-${n}`, source: '/large', data: 'x'.repeat(16_000) }),
      ),
    );
  const type = { 'content-type': 'application/cloudevents-batch+json' };
  const statuses = await Promise.all(Array.from({ length: 16 }, (_, n) => post(good, batch(n), type)));
  const stored = statuses.filter((status) => status === 200).length;
  assert.ok(stored >= 2 && statuses.every((status) => status === 200 || status === 503), statuses.join(' '));
  const [row] = await database.query<{ n: number }>(`select count(*) as n from events where source = '/large'`);
  assert.equal(row?.n, stored * 500);
  assert.equal(hub.child.exitCode, null, hub.log().slice(-2000));
});

test('readers of streams that do not read are let go, and the others miss nothing', async () => {
  const good = await key(5004);
  const follow = `GET /api/v2/events/stream?source=/slow HTTP/1.1\r\nHost: hub\r\nAuthorization: Bearer ${good}\r\n\r\n`;
  const stuck = await Promise.all(Array.from({ length: 20 }, open));
  for (const socket of stuck) socket.pause().write(follow);
  const reader = await open();
  let text = '';
  reader.on('data', (chunk) => {
    text += chunk;
  });
  reader.write(follow);
  while (!text.includes('connected')) await once(reader, 'data');
  const summary = 'x'.repeat(2000);
  for (let round = 0; round < 6; round += 1) {
    const events = Array.from({ length: 1000 }, (_, n) =>
      cloudEvent({ id: `${round}-${n}`, source: '/slow', summary }),
    );
    const type = { 'content-type': 'application/cloudevents-batch+json' };
    assert.equal(await post(good, JSON.stringify(events), type), 200);
  }
  while (!text.slice(-10_000).includes('"event_id":"5-999"')) await once(reader, 'data');
  const ids = [...text.matchAll(/"event_id":"(\d+-\d+)"/g)].map((match) => match[1]);
  assert.equal(new Set(ids).size, 6000);
  const streams = async () =>
    Number(/^hub_streams (\d+)$/m.exec(await (await fetch(`${hub.url}/metrics`)).text())?.[1]);
  while ((await streams()) > 1) await new Promise((again) => setTimeout(again, 20));
  for (const socket of [...stuck, reader]) socket.destroy();
});

test('a key ten times over its limit gets 429, and the others all of theirs', async () => {
  const [flooding, good] = [await key(60), await key(6000)];
  const flood = Promise.all(Array.from({ length: 600 }, () => post(flooding, JSON.stringify(cloudEvent()))));
  const others = await Promise.all(Array.from({ length: 60 }, () => post(good, JSON.stringify(cloudEvent()))));
  assert.deepEqual(new Set(others), new Set([201]));
  const statuses = await flood;
  assert.ok(statuses.filter((status) => status === 201).length <= 70, 'the limit, and what came in again meanwhile');
  assert.deepEqual(new Set(statuses), new Set([201, 429]));
});
