import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { type KubeList, type KubeObject, mergePatch, pathOf } from '../../kubernetes/objects.ts';
import { type ClusterApp, openClusterApp, plainAppToml } from '../../testing/cluster/clusterApp.ts';

let app: ClusterApp;
before(async () => {
  app = await openClusterApp({ purpose: 'plan' });
});
after(() => app.close());

async function scale(replicas: number): Promise<void> {
  const { api, mark } = app.lab;
  const path = pathOf('deployments', `${mark}-apps`);
  const [deployment] = (await api.call<KubeList<KubeObject>>(path)).items;
  const body = { spec: { replicas } };
  await api.call(`${path}/${deployment?.metadata.name}`, { method: 'PATCH', body, contentType: mergePatch });
}

describe('a plan for a cluster', () => {
  test('says what it makes, then what it changes, field by field', async () => {
    const first = await app.railiance(['plan']);
    for (const kind of ['Deployment', 'Service', 'IngressRoute']) assert.match(first, new RegExp(`\\+ ${kind} web`));
    await app.railiance(['deploy']);
    assert.match(await app.railiance(['plan']), /image: .*@sha256:/);
    await app.write({ 'web/app.toml': plainAppToml(app.host, 'env = { WORDS = "hello" }\nreplicas = 2') });
    const second = await app.railiance(['plan']);
    assert.match(second, /~ Deployment web-/);
    assert.match(second, /spec\.replicas: 1 → 2/);
    assert.match(second, /env\[WORDS\]\.value: \(unset\) → hello/);
    assert.doesNotMatch(second, /! /, 'nobody edited anything');
  });

  test('that was saved is carried out as it is, and refused once somebody changed what it is about', async () => {
    const saved = `${app.folder}/saved.json`;
    await app.railiance(['plan', '--out', saved]);
    await scale(3);
    assert.match(await app.railiance(['plan']), /! Deployment web-.* was edited by hand[\s\S]*spec\.replicas: 1 → 3/);
    assert.match(await app.railiance(['deploy', '--planned', saved], 4), /somebody changed Deployment web-/);
    await scale(1);
    await app.write({ 'web/app.toml': plainAppToml(app.host, 'env = { WORDS = "other" }') });
    assert.match(await app.railiance(['deploy', '--planned', saved], 4), /the input of its step \w+ changed/);
    await app.write({ 'web/app.toml': plainAppToml(app.host, 'env = { WORDS = "hello" }\nreplicas = 2') });
    await app.railiance(['deploy', '--planned', saved]);
    assert.equal(await app.answer(), 'hello');
  });
});
