import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { type KubeObject, pathOf } from '../../kubernetes/objects.ts';
import { create, ensureNamespace, read } from '../../kubernetes/store.ts';
import { openDeployedApp } from '../../testing/cluster/deployedApp.ts';

describe('an app on a cluster may be called', () => {
  for (const slug of ['y', 'on', '3d', '0x1f', '1e3']) {
    test(slug, async (context) => {
      const app = await openDeployedApp('named', { slug });
      context.after(() => app.close());
      await app.succeeds('one', 'deploy');
      assert.equal(await app.serves(), 'version v1');
      await app.version('v2');
      await app.succeeds('one', 'deploy');
      await app.succeeds('two', 'rollback', slug);
      assert.equal(await app.serves(), 'version v1');
    });
  }
});

describe('what has the name of an app already, and is not its own, stays as it is', () => {
  test('made by hand', async (context) => {
    const app = await openDeployedApp('taken', { slug: 'taken' });
    context.after(() => app.close());
    const { api } = app.lab;
    const metadata = { name: 'taken-production', namespace: app.namespace };
    const ports = [{ port: 80 }];
    const routes = [{ kind: 'Rule', match: 'Host(`by.hand`)', services: [{ name: metadata.name, port: 80 }] }];
    const objects = [
      ['services', { apiVersion: 'v1', kind: 'Service', metadata, spec: { selector: { app: 'by-hand' }, ports } }],
      ['ingressroutes', { apiVersion: 'traefik.io/v1alpha1', kind: 'IngressRoute', metadata, spec: { routes } }],
    ] as const;
    await ensureNamespace(api, app.namespace, {});
    for (const [resource, object] of objects) await create(api, pathOf(resource, app.namespace), object as KubeObject);
    const seen = () =>
      Promise.all(objects.map(([resource]) => read(api, pathOf(resource, app.namespace, metadata.name))));
    const before = await seen();
    const output = await app.must(4, 'one', 'deploy');
    assert.match(output, /NO-GO: names: the Service taken-production in the namespace \S+ was made by somebody else/);
    assert.match(output, /namespace = "…" under \[deploy\]/);
    assert.deepEqual(await seen(), before);
    // Nor where somebody does not believe it.
    const despite = ['--despite', 'names', '--reason', 'to see what happens'];
    assert.match(await app.must(5, 'one', 'deploy', ...despite), /was made by somebody else/);
    assert.deepEqual(await seen(), before);
  });
});
