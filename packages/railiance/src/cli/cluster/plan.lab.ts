import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';

import { type KubeList, type KubeObject, mergePatch, pathOf, type Workload } from '../../kubernetes/objects.ts';
import { type DeployedApp, openDeployedApp } from '../../testing/cluster/deployedApp.ts';

const slug = 'web';
/** With this in `[run]`, and in `[deploy]`. */
const toml = (run = '', deploy = '') =>
  `[build]\nbuilder = "node"\n[deploy]\n${deploy}\n[run]\nhealth = "/"\nstart_timeout = "30s"\n${run}`;

let app: DeployedApp;
before(async () => {
  app = await openDeployedApp('plan', { slug, toml: toml() });
});
after(() => app.close());

const railiance = (...args: readonly string[]) => app.succeeds('one', ...args);

async function scale(replicas: number): Promise<void> {
  const path = pathOf('deployments', app.namespace);
  const [deployment] = (await app.lab.api.call<KubeList<KubeObject>>(path)).items;
  const body = { spec: { replicas } };
  await app.lab.api.call(`${path}/${deployment?.metadata.name}`, { method: 'PATCH', body, contentType: mergePatch });
}

describe('a plan for a cluster', () => {
  test('says what it makes, then what it changes, field by field', async () => {
    const first = await railiance('plan');
    for (const kind of ['Deployment', 'Service', 'IngressRoute']) assert.match(first, new RegExp(`\\+ ${kind} web`));
    await railiance('deploy');
    assert.match(await railiance('plan'), /image: .*@sha256:/);
    await app.configure(toml('env = { WORDS = "hello" }\nreplicas = 2'));
    const second = await railiance('plan');
    assert.match(second, /~ Deployment web-/);
    assert.match(second, /spec\.replicas: 1 → 2/);
    assert.match(second, /env\[WORDS\]\.value: \(unset\) → hello/);
    assert.doesNotMatch(second, /! /, 'nobody edited anything');
  });

  test('that was saved is carried out as it is, and refused once somebody changed what it is about', async () => {
    const saved = join(app.folder, 'saved.json');
    await railiance('plan', '--out', saved);
    await scale(3);
    assert.match(await railiance('plan'), /! Deployment web-.* was edited by hand[\s\S]*spec\.replicas: 1 → 3/);
    assert.match(await app.must(4, 'one', 'deploy', '--planned', saved), /somebody changed Deployment web-/);
    await scale(1);
    await app.configure(toml('env = { WORDS = "other" }'));
    assert.match(await app.must(4, 'one', 'deploy', '--planned', saved), /the input of its step \w+ changed/);
    await app.configure(toml('env = { WORDS = "hello" }\nreplicas = 2'));
    await railiance('deploy', '--planned', saved);
    assert.equal(await app.serves('/env/WORDS'), 'hello');
  });

  test('is carried out over what somebody changed by hand, as it says', async () => {
    await scale(3);
    await app.configure(toml('env = { WORDS = "put back" }'));
    assert.match(await railiance('plan'), /! Deployment web-.* was edited by hand; it is put back/);
    await railiance('deploy');
    assert.equal(await app.serves('/env/WORDS'), 'put back');
    const { items } = await app.lab.api.call<KubeList<Workload>>(pathOf('deployments', app.namespace));
    assert.deepEqual(
      items.map(({ spec }) => spec?.replicas),
      [1],
    );
    await app.configure(toml('env = { WORDS = "hello" }'));
    await railiance('deploy');
  });

  test('takes the values files of an app without a chart of its own, and another content of them as a change', async () => {
    await app.configure(toml('env = { WORDS = "hello" }', 'values = ["values.yaml"]'));
    await app.write({ 'values.yaml': 'podAnnotations: { team: one }\n' });
    assert.match(await railiance('plan'), /template\.metadata\.annotations\.team: \(unset\) → one/);
    await railiance('deploy');
    await app.write({ 'values.yaml': 'podAnnotations: { team: two }\n' });
    await railiance('deploy');
    const path = pathOf('deployments', app.namespace);
    const { items } = await app.lab.api.call<KubeList<KubeObject & { spec: object }>>(path);
    assert.match(JSON.stringify(items.map(({ spec }) => spec)), /"annotations":\{"team":"two"\}/);
    await app.write({ 'values.yaml': 'replicas: 5\n' });
    assert.match(await app.must(4, 'one', 'deploy'), /NO-GO: chart: .*values\.yaml: replicas cannot be set there/);
    await app.write({ 'values.yaml': 'podAnnotations: { team: [three }\n' });
    assert.match(await app.must(4, 'one', 'deploy'), /NO-GO: chart: read the values file values\.yaml:1:\d+: /);
    assert.match(await app.must(2, 'one', 'plan'), /values\.yaml:1:\d+: /);
    assert.equal(await app.serves('/env/WORDS'), 'hello', 'what served serves');
  });
});
