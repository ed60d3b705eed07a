import assert from 'node:assert/strict';
import { after, test } from 'node:test';

import { openLabCluster } from '../testing/cluster/clusterFixture.ts';
import { type EndpointSlice, type KubeList, pathOf } from './objects.ts';
import { servicePods } from './serviceForward.ts';
import { create, ensureNamespace } from './store.ts';

const lab = openLabCluster('service');
after(() => lab.clear());

test('a Service without pods has none, and leads nowhere', async () => {
  const { api, mark: namespace } = lab;
  await ensureNamespace(api, namespace, {});
  const spec = { selector: { app: 'nobody' }, ports: [{ name: 'http', port: 80 }] };
  await create(api, pathOf('services', namespace), { metadata: { name: 'empty' }, spec } as never);
  const slices = async () => (await api.call<KubeList<EndpointSlice>>(pathOf('endpointslices', namespace))).items;
  while ((await slices()).length === 0) await new Promise((resolve) => setTimeout(resolve, 50));
  assert.deepEqual(await servicePods(api, { name: 'empty', namespace }), { pods: 0, ready: 0 });
});
