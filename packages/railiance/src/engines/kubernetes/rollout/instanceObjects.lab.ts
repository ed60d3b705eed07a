import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { labelOf, selectorOf } from '../../../kubernetes/labels.ts';
import { type KubeList, type KubeObject, pathOf, type Workload } from '../../../kubernetes/objects.ts';
import { create } from '../../../kubernetes/store.ts';
import { type ClusterFixture, openClusterFixture } from '../../../testing/cluster/clusterFixture.ts';
import { setScene } from '../../contract/fixture.ts';

let fixture: ClusterFixture;
before(async () => {
  fixture = await openClusterFixture();
});
after(() => fixture.close());

describe('a Deployment that is made before Helm', () => {
  test('is Helm’s own afterwards, and has rolled once', async () => {
    const { engine, spec, context, target } = await setScene(fixture);
    // An amount that the API server writes in another way than the chart does.
    await engine.start(spec('one', {}, { resources: { cpus: 1, memoryBytes: 200 << 20 } }), context());
    const [one, ...others] = await list<Workload>('deployments', target.app);
    assert.ok(one);
    assert.equal(others.length, 0);
    assert.equal(one.metadata.generation, 1, 'Helm changed nothing of it');
    assert.equal((await list('replicasets', target.app)).length, 1);
    assert.ok(one.metadata.annotations?.['meta.helm.sh/release-name']);
    await engine.start(spec('two'), context());
    await engine.retire(target, spec('one').id, context());
    const left = await list<Workload>('deployments', target.app);
    assert.deepEqual(
      left.map(({ metadata }) => [metadata.labels?.[labelOf.instance], metadata.generation]),
      [[spec('two').id, 1]],
      'Helm took the other one away',
    );
  });

  test('for a Helm that never came goes with the next start', async () => {
    const { engine, spec, context, target } = await setScene(fixture);
    await engine.start(spec('one'), context());
    const [one] = await list<Workload>('deployments', target.app);
    assert.ok(one);
    const { name, namespace = '', labels, annotations } = one.metadata;
    const left = { name: `${name}-left`, namespace, labels: { ...labels, [labelOf.instance]: 'left' }, annotations };
    await create(fixture.lab.api, pathOf('deployments', namespace), {
      ...{ apiVersion: 'apps/v1', kind: 'Deployment', metadata: left },
      spec: { ...one.spec, replicas: 0 },
    } as KubeObject);
    await engine.start(spec('two'), context());
    const ids = (await list('deployments', target.app)).map(({ metadata }) => metadata.labels?.[labelOf.instance]);
    assert.deepEqual(ids.sort(), [spec('one').id, spec('two').id].sort());
  });
});

async function list<T extends KubeObject>(resource: 'deployments' | 'replicasets', app: string): Promise<readonly T[]> {
  const query = { labelSelector: selectorOf({ [labelOf.app]: app }) };
  const path = pathOf(resource, `${fixture.lab.mark}-apps`);
  return (await fixture.lab.api.call<KubeList<T>>(path, { query })).items;
}
