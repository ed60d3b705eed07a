import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';

import { parseAllDocuments } from 'yaml';

import { labelOf, selectorOf } from '../../../kubernetes/labels.ts';
import { type KubeList, type KubeObject, pathOf, type Resource } from '../../../kubernetes/objects.ts';
import { type ClusterFixture, openClusterFixture } from '../../../testing/cluster/clusterFixture.ts';
import { setScene } from '../../contract/fixture.ts';
import { helmHistory } from '../helm/history.ts';

let fixture: ClusterFixture;
before(async () => {
  fixture = await openClusterFixture();
});
after(() => fixture.close());

describe('the first release of an app', () => {
  test('is what Helm has on record once it is led to: who goes back to that revision by hand gets what served', async () => {
    const { engine, spec, context, target, serve, instanceAt } = await setScene(fixture);
    await serve('one');
    const [{ metadata } = { metadata: { name: '' } }] = await list('deployments', target.app);
    const release = metadata.annotations?.['meta.helm.sh/release-name'] ?? '';
    const { stdout } = await promisify(execFile)('helm', ['get', 'manifest', release, '--namespace', namespace()]);
    const made = parseAllDocuments(stdout).map((one) => one.toJS() as KubeObject & Partial<Record<'spec', object>>);
    const service = made.find(({ kind, metadata }) => kind === 'Service' && metadata.name === release);
    const ingress = made.find(({ kind, metadata }) => kind === 'IngressRoute' && metadata.name === release);
    assert.match(JSON.stringify(service?.spec), new RegExp(`"${labelOf.instance}":"${target.app}-one"`));
    assert.match(JSON.stringify(ingress?.spec), new RegExp(`"name":"${metadata.name}"`));
    assert.deepEqual(await history(target.app), ['2 deployed', '1 superseded']);
    await serve('two');
    await engine.retire(target, spec('one').id, context());
    assert.equal(await instanceAt(await engine.route(target)), spec('two').id);
    await promisify(execFile)('helm', [
      'rollback',
      release,
      '2',
      '--namespace',
      namespace(),
      '--wait',
      '--force-conflicts',
    ]);
    const route = await engine.route(target);
    for (const began = performance.now(); (await instanceAt(route)) !== spec('one').id; ) {
      assert.ok(performance.now() - began < 20_000, 'the first release serves');
      await new Promise((done) => setTimeout(done, 100));
    }
  });
});

describe('what serves while Helm takes it out of its release', () => {
  test('goes on running until it is retired, and leaves nothing behind', async () => {
    const { engine, spec, context, target, serve } = await setScene(fixture);
    const [one, two] = [spec('one'), spec('two')];
    await serve('one');
    await serve('two');
    await untilHanded(target.app, two.id);
    assert.equal((await engine.status(target)).others[0]?.state, 'ready');
    const revisions = await history(target.app);
    await engine.retire(target, one.id, context(), { leave: true });
    assert.deepEqual(await history(target.app), revisions, 'Helm had nothing left to do');
    for (const resource of ofInstances) {
      const ids = (await list(resource, target.app)).map(({ metadata }) => metadata.labels?.[labelOf.instance]);
      assert.deepEqual(ids, [two.id], resource);
    }
    assert.deepEqual(await marked(target.app), []);
  });

  test('is led back to, and is Helm’s again', async () => {
    const { engine, spec, context, target, serve } = await setScene(fixture);
    const [one, two] = [spec('one'), spec('two')];
    await serve('one');
    await serve('two');
    await engine.activate(target, one.id, context());
    await engine.retire(target, two.id, context());
    assert.equal((await engine.status(target)).active?.state, 'ready');
    assert.deepEqual((await engine.status(target)).others, []);
    assert.deepEqual(await marked(target.app), []);
    await engine.retire(target, one.id, context());
    for (const resource of ofInstances) assert.deepEqual(await list(resource, target.app), [], resource);
  });

  test('is led back to while Helm leads away from it, and stays led to', async () => {
    const { engine, spec, context, target, instanceAt } = await setScene(fixture);
    const [one, two] = [spec('one'), spec('two')];
    await engine.start(one, context());
    await engine.activate(target, one.id, context());
    await engine.start(two, context());
    await engine.activate(target, two.id, context());
    await engine.activate(target, one.id, context());
    const route = await engine.route(target);
    const seen = new Set<string | undefined>();
    for (const began = performance.now(); performance.now() - began < 3_000; ) seen.add(await instanceAt(route));
    assert.deepEqual([...seen], [one.id]);
  });

  test('loses the mark when the one that was to follow is taken back', async () => {
    const { engine, spec, context, target } = await setScene(fixture);
    const [one, two] = [spec('one'), spec('two')];
    await engine.start(one, context());
    await engine.activate(target, one.id, context());
    await engine.start(two, context());
    assert.equal((await marked(target.app)).length, ofInstances.length);
    await engine.retire(target, two.id, context(), { leave: true });
    assert.deepEqual(await marked(target.app), []);
  });
});

const ofInstances: readonly Resource[] = ['deployments', 'services', 'ingressroutes'];

function namespace(): string {
  return `${fixture.lab.mark}-apps`;
}

async function list(resource: Resource, app: string): Promise<readonly KubeObject[]> {
  const query = { labelSelector: `${selectorOf({ [labelOf.app]: app })},${labelOf.instance}` };
  return (await fixture.lab.api.call<KubeList<KubeObject>>(pathOf(resource, namespace()), { query })).items;
}

async function marked(app: string): Promise<readonly string[]> {
  const all = (await Promise.all(ofInstances.map((resource) => list(resource, app)))).flat();
  return all
    .filter(({ metadata }) => metadata.annotations?.['helm.sh/resource-policy'])
    .map((one) => one.metadata.name);
}

async function history(app: string): Promise<readonly string[]> {
  const release = (await list('deployments', app))[0]?.metadata.annotations?.['meta.helm.sh/release-name'] ?? '';
  const revisions = await helmHistory(fixture.lab.api, namespace(), release);
  return revisions.map(({ revision, status }) => `${revision} ${status}`);
}

/** Until Helm has written down that it leads there: the third change of the release. */
async function untilHanded(app: string, id: string): Promise<void> {
  for (const began = performance.now(); performance.now() - began < 15_000; ) {
    if ((await history(app)).includes('3 deployed')) return;
    await new Promise((done) => setTimeout(done, 100));
  }
  throw new Error(`Helm did not lead to ${id}: ${(await history(app)).join(', ')}`);
}
