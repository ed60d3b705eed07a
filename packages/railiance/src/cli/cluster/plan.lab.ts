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

  test('takes the values files of an app without a chart of its own, and another content of them as a change', async () => {
    const { api, mark } = app.lab;
    await app.write({
      'web/app.toml': plainAppToml(app.host, 'env = { WORDS = "hello" }', 'values = ["values.yaml"]'),
      'web/values.yaml': 'podAnnotations: { team: one }\n',
    });
    assert.match(await app.railiance(['plan']), /template\.metadata\.annotations\.team: \(unset\) → one/);
    await app.railiance(['deploy']);
    await app.write({ 'web/values.yaml': 'podAnnotations: { team: two }\n' });
    await app.railiance(['deploy']);
    const { items } = await api.call<KubeList<KubeObject & { spec: object }>>(pathOf('deployments', `${mark}-apps`));
    assert.match(JSON.stringify(items.map(({ spec }) => spec)), /"annotations":\{"team":"two"\}/);
    await app.write({ 'web/values.yaml': 'replicas: 5\n' });
    assert.match(await app.railiance(['deploy'], 1), /replicas cannot be set there/);
    assert.equal(await app.answer(), 'hello', 'what served serves');
  });
});
