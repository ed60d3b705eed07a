import assert from 'node:assert/strict';
import { test } from 'node:test';

import { answersJson, apiOf, hangUp, lists, tells } from '../testing/answeringApi.ts';
import { ApiError } from './apiError.ts';
import type { KubeObject } from './objects.ts';
import { watch } from './watch.ts';

const object = (name: string) => ({ metadata: { name, uid: name, resourceVersion: '2' } });
const list = (...names: readonly string[]) => lists(...names.map(object));

test('a server that says "later", or hangs up, is asked again', () =>
  apiOf([answersJson(503, {}), hangUp, answersJson(200, { ok: true })], async (api, asked) => {
    assert.deepEqual(await api.call('/x'), { ok: true });
    assert.equal(asked.length, 3);
  }));

test('what may have been made is not made twice', () =>
  apiOf([hangUp, answersJson(201, {})], async (api, asked) => {
    await assert.rejects(api.call('/x', { method: 'POST', body: {} }), ApiError);
    assert.equal(asked.length, 1);
  }));

test("a refusal has the server's own words", () =>
  apiOf([answersJson(403, { message: 'pods is forbidden', reason: 'Forbidden' })], async (api) => {
    await assert.rejects(api.call('/x'), (error: ApiError) => {
      assert.deepEqual([error.status, error.reason, error.exitCode], [403, 'Forbidden', 4]);
      assert.match(error.message, /pods is forbidden/);
      return true;
    });
  }));

test('a watch whose place was forgotten reads the list again, and tells what went missing', () => {
  const gone = { type: 'ERROR', object: { code: 410 } };
  const answers = [list('a', 'b'), tells({ type: 'ADDED', object: object('c') }, gone), list('b', 'c'), tells()];
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
