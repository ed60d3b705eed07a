import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { gunzipSync } from 'node:zlib';

import { type KubeList, type KubeObject, pathOf, type SecretObject } from '../../kubernetes/objects.ts';
import { type DeployedApp, openDeployedApp } from '../../testing/cluster/deployedApp.ts';

const slug = 'journey';
const rollouts = 10;

let app: DeployedApp;
before(async () => {
  app = await openDeployedApp('journey', { slug });
});
after(() => app.close());

describe('an app on a cluster', () => {
  test('is deployed, and everything railiance says of it holds', async () => {
    const output = await app.succeeds('one', 'deploy');
    assert.match(output, /is live and verified as release 1/);
    assert.equal(await app.serves(), 'version v1');
    assert.match(await app.succeeds('two', 'status'), /✓ serving +#1/);
    assert.match(await app.succeeds('two', 'logs', slug), /session \[secret\]/);
    const node = ['/usr/local/bin/node', '-p', 'process.env.RAILIANCE_STAGE'];
    assert.match(await app.succeeds('two', 'exec', '--', ...node), /production/);
  });

  test('changes nothing when the same is deployed again', async () => {
    assert.match(await app.succeeds('one', 'deploy'), /release 1 serves already/);
  });

  test(`is replaced, restarted and rolled back ${rollouts} times without one failed request`, async (context) => {
    const guest = app.visitor();
    for (let count = 1; count <= rollouts; count++) {
      // Of three: a new version, the same one again, the one before; from machines that know nothing of each other.
      if (count % 3 === 1) await app.version(`v${count + 1}`);
      const serving = await app.serves();
      const command = [['rollback', slug], ['deploy'], ['restart', slug]][count % 3] ?? [];
      await app.succeeds(count % 2 === 0 ? 'one' : 'two', ...command);
      const now = await app.serves();
      if (count % 3 === 2) assert.equal(now, serving);
      else assert.notEqual(now, serving);
    }
    await guest.stop();
    context.diagnostic(`${guest.answers} requests`);
    assert.ok(guest.answers > 50 * rollouts, `${guest.answers} answers`);
    assert.deepEqual(guest.failures, []);
  });

  test('that crashes is named, and the old version goes on', async () => {
    const serving = await app.serves();
    await app.version('broken', "console.error('no such table: probes'); process.exit(7);");
    const { exitCode, output } = await app.railiance('one', 'deploy');
    assert.equal(exitCode, 1, output);
    assert.match(output, /crash: it ended with exit code 7: no such table: probes/);
    assert.equal(await app.serves(), serving);
  });

  test('leaves no secret in what Helm and the records keep in the open', async () => {
    const { api } = app.lab;
    const secrets = await api.call<KubeList<SecretObject>>(pathOf('secrets', app.namespace));
    const env = secrets.items.find(({ metadata }) => metadata.name.includes('-env-'));
    const value = Buffer.from(Object.values(env?.data ?? {})[0] ?? '', 'base64').toString();
    assert.ok(value.length > 20, 'there is a value to look for');
    const forms = [value, Buffer.from(value).toString('base64'), encodeURIComponent(value)];
    const shows = (text: string) => forms.some((form) => text.includes(form));
    const releases = secrets.items.filter(({ type }) => type === 'helm.sh/release.v1');
    assert.ok(releases.length > 0);
    for (const { metadata, data } of releases) assert.ok(!shows(decoded(data?.release)), metadata.name);
    for (const resource of ['configmaps', 'events', 'deployments', 'pods', 'jobs'] as const) {
      for (const namespace of [app.namespace, app.records]) {
        assert.ok(!shows(JSON.stringify(await api.call(pathOf(resource, namespace)))), resource);
      }
    }
    const runs = await api.call<KubeList<SecretObject>>(pathOf('secrets', app.records), {
      query: { labelSelector: 'railiance.dev/kind in (run, release, ended)' },
    });
    assert.ok(runs.items.length > rollouts);
    for (const { metadata, data } of runs.items) {
      const texts = Object.values(data ?? {}).map((text) => Buffer.from(text, 'base64').toString());
      assert.ok(!texts.some(shows), metadata.name);
    }
  });
});

test('a first deploy that fails has nothing to return to: a person is needed, and nothing of it is left', async (context) => {
  const first = await openDeployedApp('first', { slug: 'first' });
  context.after(() => first.close());
  await first.version('v1', "console.error('no such table: probes'); process.exit(7);");
  const { exitCode, output } = await first.railiance('one', 'deploy');
  assert.equal(exitCode, 5, output);
  assert.match(output, /crash: it ended with exit code 7: no such table: probes.*nothing serves/s);
  const { items } = await first.lab.api.call<KubeList<KubeObject>>(pathOf('deployments', first.namespace));
  assert.deepEqual(items, []);
});

/** As Helm 3 and 4 store a release: gzip in base64, in the base64 of a Secret. */
function decoded(release = ''): string {
  return gunzipSync(Buffer.from(Buffer.from(release, 'base64').toString(), 'base64')).toString();
}
