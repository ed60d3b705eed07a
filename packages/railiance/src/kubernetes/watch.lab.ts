import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { openLabCluster } from '../testing/cluster/clusterFixture.ts';
import { type GoBetween, goBetween } from '../testing/cluster/goBetween.ts';
import { type KubeEvent, mergePatch, pathOf } from './objects.ts';
import { create, ensureNamespace, remove } from './store.ts';
import { watch } from './watch.ts';

/** `host:port` of the cluster's etcd, by plain HTTP. */
const etcd = process.env.RAILIANCE_LAB_ETCD;
const lab = openLabCluster('watch');
const namespace = lab.mark;
const list = pathOf('events', namespace);

/** The API server keeps no window of past events of its own for these: they come from etcd, and are forgotten with it. */
const event = (name: string) => ({
  ...{ apiVersion: 'v1', kind: 'Event', metadata: { name, namespace }, reason: 'Tried', message: 'as it was' },
  involvedObject: { kind: 'Pod', namespace, name: 'nobody' },
});

/** https://etcd.io/docs/v3.5/dev-guide/api_grpc_gateway/ */
async function etcdSays(path: string, body: object): Promise<{ readonly header: { readonly revision: string } }> {
  const response = await fetch(`http://${etcd}/v3/kv/${path}`, { method: 'POST', body: JSON.stringify(body) });
  assert.equal(response.status, 200, path);
  return (await response.json()) as { header: { revision: string } };
}

async function forgetThePast(): Promise<void> {
  const { header } = await etcdSays('range', { key: 'AA==' });
  await etcdSays('compaction', { revision: header.revision, physical: true });
}

describe('a watch', { skip: etcd === undefined && 'RAILIANCE_LAB_ETCD is not set' }, () => {
  let between: GoBetween;
  before(async () => {
    between = await goBetween(lab.api.connection);
    await ensureNamespace(lab.api, namespace, {});
  });
  after(async () => {
    between.close();
    await lab.clear();
  });

  test('whose place the server has forgotten gets its 410, lists again, and misses no change', {
    timeout: 60_000,
  }, async (context) => {
    const stop = new AbortController();
    const seen: string[] = [];
    const heard = new Map<string, () => void>();
    const hears = (words: string) => {
      if (seen.includes(words)) return Promise.resolve();
      return new Promise<void>((done) => heard.set(words, done));
    };
    const sight = Promise.withResolvers<void>();
    const onSight = (sees: boolean) => sees && sight.resolve();
    const watching = (async () => {
      for await (const { kind, object } of watch<KubeEvent>(between.api, list, {}, stop.signal, onSight)) {
        const words = `${kind} ${object.metadata.name}: ${object.message}`;
        seen.push(words);
        heard.get(words)?.();
      }
    })();
    watching.catch(() => {});
    context.after(() => stop.abort());

    await sight.promise;
    for (const name of ['a', 'b']) await create(lab.api, list, event(name));
    await hears('changed b: as it was');
    between.endWatches();
    await create(lab.api, list, event('c'));
    await remove(lab.api, `${list}/a`);
    const body = { message: 'otherwise' };
    await lab.api.call(`${list}/b`, { method: 'PATCH', body, contentType: mergePatch });
    await forgetThePast();
    const before = seen.length;
    between.open();
    await hears('listed c: as it was');
    assert.deepEqual(seen.slice(before).sort(), ['deleted a: as it was', 'listed b: otherwise', 'listed c: as it was']);
    await create(lab.api, list, event('d'));
    await hears('changed d: as it was');
    stop.abort();
    await watching;

    const places = between.answered.map(({ url, status, body }) => ({ url, status, body }));
    const refused = places.filter(({ status, body }) => status === 410 || /"code":410/.test(body));
    context.diagnostic(refused.map(({ status, body }) => `${status} ${body.trim()}`).join('\n'));
    assert.equal(refused.length, 1, 'it was the real 410');
    assert.match(refused[0]?.body ?? '', /"reason":"Expired"/);
    assert.match(refused[0]?.url ?? '', /watch=true&resourceVersion=\d+/);
    assert.equal(
      places.filter(({ url }) => !url.includes('watch=true')).length,
      2,
      'it listed once more, and no oftener',
    );
  });
});
