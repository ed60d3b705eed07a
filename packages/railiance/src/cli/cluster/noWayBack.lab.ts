import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';

import { assertSettled } from '../../../../../test/chaos/invariants.ts';
import { type KubeList, type KubeObject, type Pod, pathOf } from '../../kubernetes/objects.ts';
import { askedFrom, openDeployedApp } from '../../testing/cluster/deployedApp.ts';
import { markHelm } from '../../testing/cluster/killing.ts';
import { writeSeedChart } from '../../testing/cluster/seedChart.ts';

const crash = "console.error('no such table: probes'); process.exit(7);";

test('a first deploy that fails has nothing to return to: a person is needed, and nothing of it is left', async (context) => {
  const app = await openDeployedApp('first', { slug: 'first' });
  context.after(() => app.close());
  await app.version('v1', crash);
  const output = await app.must(5, 'one', 'deploy');
  assert.match(output, /crash: it ended with exit code 7: no such table: probes.*nothing serves/s);
  const { items } = await app.lab.api.call<KubeList<KubeObject>>(pathOf('deployments', app.namespace));
  assert.deepEqual(items, []);
});

test('a way back that fails itself needs a person, says what is there, and is gone later from another machine', async (context) => {
  const slug = 'stuck';
  const toml =
    '[build]\nbuilder = "node"\n[secrets]\ngenerate = ["SESSION"]\n[deploy]\nchart = "helm/stuck"\n[[smoke]]\npath = "/"\n';
  const app = await openDeployedApp('stuck', { slug, toml });
  context.after(() => app.close());
  const helm = await markHelm(app);
  await app.settings(`helm = "${helm.program}"`);
  await writeSeedChart(join(app.folder, 'helm', slug), {
    slug,
    repository: `${app.lab.registry}/${slug}`,
    host: app.host,
  });
  await app.succeeds('one', 'deploy');
  await app.version('v2', crash);
  await helm.refuse('rollback');
  const output = await app.must(5, 'one', 'deploy');
  context.diagnostic(output.trimEnd().split('\n').slice(-6).join(' | '));
  assert.match(output, /crash: it ended with exit code 7: no such table: probes/, 'why it failed');
  assert.match(output, /rollback is refused/, 'why it could not be taken back');
  assert.match(output, /hint: +railiance /, 'what to do');
  assert.match(await app.must(0, 'two', 'status'), /needs a person: .*rollback is refused/);
  assert.equal(await app.serves(), 'version v1', 'the old pods go on');
  await helm.forget();
  assert.match(await app.succeeds('two', 'rollback', slug, '--to', '1', '--wait', '60s'), /live and verified/);
  await assertSettled(askedFrom(app, 'two'), 'production');
  assert.equal(await app.serves(), 'version v1');
  const { items } = await app.lab.api.call<KubeList<Pod>>(pathOf('pods', app.namespace));
  const living = items.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
  assert.deepEqual(
    living.map((pod) => pod.status?.containerStatuses?.[0]?.restartCount),
    [0],
    'what crashed is gone',
  );
});
