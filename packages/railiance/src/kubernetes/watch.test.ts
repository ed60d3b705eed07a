import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';

import { type Api, createApi } from './api.ts';
import { ApiError } from './apiError.ts';
import type { Connection } from './connection.ts';
import type { KubeObject } from './objects.ts';
import { watch } from './watch.ts';

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

/** An API server that gives these answers, one a request; the last one from then on. */
async function apiOf(
  answers: readonly Answer[],
  work: (api: Api, asked: readonly string[]) => Promise<void>,
): Promise<void> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    (answers[asked.length - 1] ?? answers.at(-1))?.(request, response);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const connection = { server: `http://127.0.0.1:${port}`, options: async () => ({}) } as unknown as Connection;
  try {
    await work(createApi(connection), asked);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

const json =
  (status: number, body: object): Answer =>
  (_request, response) =>
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
const hangUp: Answer = (request) => request.socket.destroy();
const object = (name: string) => ({ metadata: { name, uid: name, resourceVersion: '2' } });
const list = (...names: readonly string[]) =>
  json(200, { metadata: { resourceVersion: '1' }, items: names.map(object) });
const events =
  (...lines: readonly object[]): Answer =>
  (_request, response) =>
    response.writeHead(200).end(lines.map((line) => `${JSON.stringify(line)}\n`).join(''));

test('a server that says "later", or hangs up, is asked again', () =>
  apiOf([json(503, {}), hangUp, json(200, { ok: true })], async (api, asked) => {
    assert.deepEqual(await api.call('/x'), { ok: true });
    assert.equal(asked.length, 3);
  }));

test('what may have been made is not made twice', () =>
  apiOf([hangUp, json(201, {})], async (api, asked) => {
    await assert.rejects(api.call('/x', { method: 'POST', body: {} }), ApiError);
    assert.equal(asked.length, 1);
  }));

test("a refusal has the server's own words", () =>
  apiOf([json(403, { message: 'pods is forbidden', reason: 'Forbidden' })], async (api) => {
    await assert.rejects(api.call('/x'), (error: ApiError) => {
      assert.deepEqual([error.status, error.reason, error.exitCode], [403, 'Forbidden', 4]);
      assert.match(error.message, /pods is forbidden/);
      return true;
    });
  }));

test('a watch whose place was forgotten reads the list again, and tells what went missing', () => {
  const gone = { type: 'ERROR', object: { code: 410 } };
  const answers = [list('a', 'b'), events({ type: 'ADDED', object: object('c') }, gone), list('b', 'c'), events()];
  return apiOf(answers, async (api, asked) => {
    const stop = new AbortController();
    const seen: string[] = [];
    const sight: boolean[] = [];
    const onSight = (sees: boolean) => void sight.push(sees);
    for await (const { kind, object: found } of watch<KubeObject>(api, '/pods', {}, stop.signal, onSight)) {
      seen.push(`${kind} ${found.metadata.name}`);
      if (seen.length === 6) stop.abort();
    }
    assert.deepEqual(sight, [true, false], 'it says when it sees nothing');
    assert.deepEqual(seen, ['listed a', 'listed b', 'changed c', 'deleted a', 'listed b', 'listed c']);
    assert.match(asked[1] ?? '', /watch=true&resourceVersion=1/);
  });
});
