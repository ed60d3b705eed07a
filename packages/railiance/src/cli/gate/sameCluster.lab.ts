import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';

import { checkContext } from '../../checks/contract.ts';
import { target } from '../../domain/name.ts';
import { createKubernetesReleaseStore } from '../../releases/kubernetesReleaseStore.ts';
import { openLabCluster } from '../../testing/cluster/clusterFixture.ts';
import { sampleRelease } from '../../testing/sampleRelease.ts';
import { scratchDirectory } from '../../testing/scratch.ts';
import { clusterIdentity, lastCluster, rememberCluster } from '../cluster/lastCluster.ts';
import { sameClusterCheck } from './sameCluster.ts';

const lab = openLabCluster('same');
after(() => lab.clear());
const { api } = lab;
const production = target('probe', 'production');
const another = { uid: 'another', server: 'https://10.0.0.1:6443', context: 'prod' };
let count = 0;

async function scene(isProduction = true) {
  const home = { cache: await scratchDirectory('same-cluster') };
  const releases = createKubernetesReleaseStore({ api, namespace: `${lab.mark}-${count++}` });
  const check = sameClusterCheck({
    target: production,
    isProduction,
    identity: () => clusterIdentity(api),
    releases,
    home,
  });
  return { home, releases, ask: () => check.run(checkContext()) };
}

describe('the cluster that the app was deployed to', () => {
  test('is known again by what no other one has', async () => {
    const { home, ask } = await scene();
    assert.equal(await lastCluster(home, production), undefined);
    const here = await clusterIdentity(api);
    assert.match(here?.uid ?? '', /^[0-9a-f-]{36}$/);
    assert.equal(here?.server, api.connection.address);
    await rememberCluster(home, production, { uid: here?.uid ?? '', server: 'https://renamed', context: 'renamed' });
    const { verdict, summary } = await ask();
    assert.equal(verdict, 'pass', summary);
    assert.match(summary, /probe is new here/);
  });

  test('is missed on one that has no release of it: both are named, and how to get back', async () => {
    const { home, ask } = await scene();
    await rememberCluster(home, production, another);
    for (const again of [false, true]) {
      const { verdict, summary, hint } = await ask();
      assert.equal(verdict, 'fail', `asking again is no way around it: ${again}`);
      assert.match(summary, /^it was deployed to https:\/\/10\.0\.0\.1:6443 \(context prod\); this is https/);
      assert.match(hint ?? '', /context = "…".*--despite "same cluster"/);
    }
  });

  test('may be made anew where it is not production', async () => {
    const { home, ask } = await scene(false);
    await rememberCluster(home, production, another);
    assert.equal((await ask()).verdict, 'pass');
  });

  test('may be another one by now that has releases of it', async () => {
    const { home, ask, releases } = await scene();
    await releases.record(sampleRelease('v1', { stage: 'production' }), 1);
    await rememberCluster(home, production, another);
    const { verdict, summary } = await ask();
    assert.equal(verdict, 'pass', summary);
    assert.match(summary, /it has release 1 of probe/);
  });
});
