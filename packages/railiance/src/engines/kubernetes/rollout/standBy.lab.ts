import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';

import { type ClusterFixture, openClusterFixture } from '../../../testing/cluster/clusterFixture.ts';
import { setScene } from '../../contract/fixture.ts';
import { type Cluster, createCluster } from '../cluster.ts';
import { runHelm, withFolder } from '../helm/helm.ts';
import { helmHistory } from '../helm/history.ts';
import type { TargetState } from '../state/targetState.ts';
import { chartValues } from '../values.ts';
import { upgradeOf, writeChart } from './apply.ts';
import { standBy } from './standBy.ts';

let fixture: ClusterFixture;
let cluster: Cluster;
let state: TargetState;
const { signal } = new AbortController();

before(async () => {
  fixture = await openClusterFixture();
  cluster = createCluster(fixture.options);
  const scene = await setScene(fixture);
  await scene.serve('one');
  state = (await cluster.states.get(scene.target)) as TargetState;
});
after(() => fixture.close());

const values = () => JSON.stringify(chartValues(state, cluster.settings, { kind: 'traefik' }));

async function history(): Promise<readonly string[]> {
  const revisions = await helmHistory(cluster.api, state.namespace, state.release);
  return revisions.map(({ revision, status }) => `${revision} ${status}`);
}

describe('a helm that stands by', () => {
  test('does nothing until it is given its values, and then what they say', async () => {
    const before = await history();
    const standing = standBy(cluster, state, 'told while it waited', signal);
    await wait(1_500);
    assert.deepEqual(await history(), before);
    assert.equal(await standing.go(values(), signal), true);
    const [newest, ...others] = await history();
    assert.equal(newest, `${others.length + 1} deployed`);
    assert.equal(others.length, before.length);
  });

  test('is another one’s work once it was sent away, or waited for too long', async () => {
    const before = await history();
    const sentAway = standBy(cluster, state, 'sent away', signal);
    sentAway.end();
    assert.equal(await sentAway.go(values(), signal), false);
    const tired = standBy(cluster, state, 'tired', signal);
    await wait(5_500);
    assert.equal(await tired.go(values(), signal), false);
    assert.deepEqual(await history(), before);
  });

  test('says so where Helm refuses what it is given', async () => {
    assert.equal(await standBy(cluster, state, 'refused', signal).go('{"instances": [{}]}', signal), false);
  });

  test('ends with who asked for it', async () => {
    const standing = standBy(cluster, state, 'stopped', signal);
    const stop = new AbortController();
    stop.abort(new Error('the lease is lost'));
    await assert.rejects(standing.go(values(), stop.signal), /the lease is lost/);
  });

  test('changes nothing where its railiance died: its input ends without values', async () => {
    const before = await history();
    await withFolder(async (folder) => {
      await writeChart(folder, state.app);
      const argv = upgradeOf(cluster, state, { chart: folder, values: '-' }, 'alone');
      const { exitCode, stderr } = await runHelm(cluster.helmPlace, argv, signal, nothing());
      assert.equal(exitCode, 1);
      assert.match(stderr, /image\.tag is needed/);
    });
    assert.deepEqual(await history(), before);
  });
});

async function* nothing(): AsyncGenerator<Uint8Array> {}
