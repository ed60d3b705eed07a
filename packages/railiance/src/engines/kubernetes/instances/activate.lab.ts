import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import type { Api } from '../../../kubernetes/api.ts';
import { type ClusterFixture, openClusterFixture } from '../../../testing/cluster/clusterFixture.ts';
import { setScene } from '../../contract/fixture.ts';
import { createKubernetesEngine } from '../kubernetesEngine.ts';

let fixture: ClusterFixture;
before(async () => {
  fixture = await openClusterFixture();
});
after(() => fixture.close());

/** An engine that has written what is to serve, and then dies before the route follows; its helm dies with it. */
function dyingEngine() {
  const { api, settings } = fixture.options;
  const call: Api['call'] = (path, request) =>
    request?.method === 'PUT' && path.includes('/ingressroutes/')
      ? Promise.reject(new Error('the process died'))
      : api.call(path, request);
  return createKubernetesEngine({
    ...fixture.options,
    api: { ...api, call },
    settings: { ...settings, helm: 'false' },
  });
}

test('a switch whose process died before the route followed is made by whoever goes on with it', async () => {
  const { engine, spec, context, target, serve, instanceAt } = await setScene(fixture);
  await serve('one');
  await engine.start(spec('two'), context());
  await assert.rejects(dyingEngine().activate(target, spec('two').id, context()), /the process died/);
  const route = await engine.route(target);
  assert.equal((await engine.status(target)).active?.id, spec('two').id);
  assert.equal(await instanceAt(route), spec('one').id);
  await engine.activate(target, spec('two').id, context());
  assert.equal(await instanceAt(route), spec('two').id);
  await engine.retire(target, spec('one').id, context());
  assert.equal(await instanceAt(route), spec('two').id);
});
