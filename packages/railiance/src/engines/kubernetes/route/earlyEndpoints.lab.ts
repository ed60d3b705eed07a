import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { labelOf, selectorOf } from '../../../kubernetes/labels.ts';
import {
  type EndpointSlice,
  type KubeList,
  type KubeObject,
  type Pod,
  pathOf,
  type Service,
} from '../../../kubernetes/objects.ts';
import { watch } from '../../../kubernetes/watch.ts';
import { type ClusterFixture, openClusterFixture } from '../../../testing/cluster/clusterFixture.ts';
import { apiWithout } from '../../../testing/cluster/limitedUser.ts';
import { scratchDirectory } from '../../../testing/scratch.ts';
import { setScene } from '../../contract/fixture.ts';

let fixture: ClusterFixture;
before(async () => {
  fixture = await openClusterFixture();
});
after(() => fixture.close());

const namespace = () => `${fixture.lab.mark}-apps`;

/** What was seen of an instance’s slices, route and pods, in order. */
async function seenWhile(id: string, work: () => Promise<unknown>): Promise<readonly string[]> {
  const { api } = fixture.lab;
  const query = { labelSelector: selectorOf({ [labelOf.instance]: id }) };
  const over = new AbortController();
  const seen: string[] = [];
  const slices = async () => {
    for await (const { kind, object } of watch<EndpointSlice>(api, pathOf('endpointslices'), query, over.signal))
      if (object.metadata.name.endsWith('-starting')) seen.push(kind === 'deleted' ? 'left' : 'early');
  };
  const routes = async () => {
    for await (const _ of watch<KubeObject>(api, pathOf('ingressroutes'), query, over.signal)) seen.push('route');
  };
  const pods = async () => {
    for await (const { object } of watch<Pod>(api, pathOf('pods'), query, over.signal))
      if (object.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True'))
        seen.push('ready');
  };
  const watching = Promise.all([slices(), routes(), pods()]);
  await work();
  over.abort();
  await watching;
  return seen.filter((one, at) => seen.indexOf(one) === at);
}

describe('the Service of an instance that starts', () => {
  test('leads to its pods before they are ready, and is the cluster’s own afterwards', async () => {
    const { engine, spec, context, instanceAt, serve } = await setScene(fixture);
    await serve('zero');
    const one = spec('one');
    const seen = await seenWhile(one.id, () => engine.start(one, context()));
    assert.deepEqual(
      seen.filter((what) => what !== 'route'),
      ['early', 'ready', 'left'],
    );
    assert.ok(seen.includes('route') && seen.indexOf('early') < seen.indexOf('route'), seen.join());
    const { candidate } = await engine.start(one, context());
    assert.equal(await instanceAt(candidate), one.id);
    const { items } = await fixture.lab.api.call<KubeList<EndpointSlice>>(pathOf('endpointslices', namespace()));
    const leading = items.filter(({ metadata }) => metadata.labels?.[labelOf.instance] === one.id);
    assert.equal(leading.length, 1);
    assert.equal(leading[0]?.endpoints?.[0]?.conditions?.serving, true);
  });

  test('goes, with what led to it early, where the app does not get ready', async () => {
    const { engine, spec, context, serve } = await setScene(fixture);
    await serve('zero');
    const bad = spec('bad', {}, { command: ['node', '-e', 'setInterval(() => {}, 1000)'], startTimeoutMs: 3_000 });
    await assert.rejects(engine.start(bad, context()));
    const names = async () => {
      const lists = await Promise.all(
        (['services', 'endpointslices', 'ingressroutes'] as const).map((kind) =>
          fixture.lab.api.call<KubeList<Service>>(pathOf(kind, namespace())),
        ),
      );
      return lists
        .flatMap(({ items }) => items)
        .filter(({ metadata }) => metadata.labels?.[labelOf.instance] === bad.id);
    };
    // The cluster's garbage collection comes a moment later.
    const began = performance.now();
    while ((await names()).length > 0 && performance.now() - began < 20_000)
      await new Promise((resolve) => setTimeout(resolve, 100));
    assert.deepEqual(await names(), []);
  });

  test('is left to the cluster by whoever may not say where a Service leads', async () => {
    const api = await apiWithout(fixture.lab, await scratchDirectory('slices'), 'endpointslices');
    const limited = await openClusterFixture('helm', api);
    try {
      const { engine, spec, context, target, instanceAt, serve } = await setScene(limited);
      await serve('zero');
      const one = spec('one');
      const seen = await seenWhile(one.id, () => engine.start(one, context()));
      assert.deepEqual([...seen].sort(), ['ready', 'route']);
      await engine.activate(target, one.id, context());
      assert.equal(await instanceAt(await engine.route(target)), one.id);
    } finally {
      await limited.close();
      api.connection.close();
    }
  });
});
