import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';

import { target as targetOf } from '../../domain/name.ts';
import type { FinalState } from '../../domain/runRecord.ts';
import { createStateStore } from '../../engines/kubernetes/state/stateStore.ts';
import { type InstanceEntry, stateSchema } from '../../engines/kubernetes/state/targetState.ts';
import { createRunId } from '../../pipeline/runId.ts';
import { firstEntry } from '../../pipeline/runStoreContract.ts';
import { type LabCluster, openLabCluster } from '../../testing/cluster/clusterFixture.ts';
import { sampleApp, sampleDigest, sampleRelease } from '../../testing/sampleRelease.ts';
import type { ClusterStage } from '../clusterStage.ts';
import { openRecords, type Records } from '../records.ts';
import { viewStage } from '../stageView.ts';
import { viewCluster } from './overview.ts';

const stage = 'production';

let lab: LabCluster;
let folder: string;
let records: Records;
let cluster: ClusterStage;
before(async () => {
  lab = openLabCluster('overview');
  folder = await mkdtemp(join(tmpdir(), 'railiance-overview-'));
  records = await openRecords({ ...process.env, RAILIANCE_HOME: folder }, folder);
  const settings = { namespace: `${lab.mark}-apps`, state_namespace: `${lab.mark}-state`, ingress: { http: lab.http } };
  records.clusters.know({ name: stage, engine: 'kubernetes', production: false, settings });
  cluster = (await records.clusters.at({ stage })) as ClusterStage;
});
after(async () => {
  await lab.clear();
  cluster.api.connection.close();
  await rm(folder, { recursive: true, force: true });
});

/** A release on record, and an instance that is to be there and has no pod. */
async function release(app: string): Promise<void> {
  const runId = createRunId(1);
  await cluster.releases.record(sampleRelease('one', { app, stage, runId }), 1);
  const entry: InstanceEntry = {
    ...{ id: runId, name: `${app}-${runId}`, fencing: 1, phase: 'ready', startedAt: '2026-01-01T00:00:00.000Z' },
    ...{ image: 'registry.example/app', configDigest: sampleDigest('config'), secretsVersion: 'a'.repeat(64) },
    ...{ secretName: null, env: {}, run: sampleApp.run, labels: {} },
  };
  const place = { namespace: `${lab.mark}-apps`, release: app, host: `${app}.localhost`, instances: [entry] };
  await createStateStore(lab.api, `${lab.mark}-state`).change({ app, stage }, 1, () => ({
    ...{ schema: stateSchema, app, stage, fencing: 1, active: runId, ...place },
  }));
}

async function run(app: string, number: number, state?: FinalState): Promise<void> {
  const runId = createRunId(number);
  const journal = await cluster.runs.create({ app, stage }, runId, firstEntry(runId));
  if (state) await journal.append({ kind: 'run-ended', state, exitCode: 0, detail: state });
}

describe('the overview of a cluster', () => {
  test('says of each target what a close look says', async () => {
    await release('quiet');
    await run('quiet', 1, 'succeeded');
    await release('broken');
    await run('broken', 2, 'needs-person');
    await run('begun', 1);
    await release('busy');
    const lease = await records.leases.take(targetOf('busy', stage), { command: 'deploy', runIdOf: () => 'run' });
    const views = await viewCluster(cluster, records);
    assert.deepEqual(views.map(({ app }) => app).sort(), ['begun', 'broken', 'busy', 'quiet']);
    for (const view of views) {
      const { lastRun, ...close } = await viewStage({ app: view.app, stage }, records);
      const { lastRun: seen, ...rest } = view;
      assert.deepEqual(rest, close, view.app);
      if (lastRun?.state !== 'succeeded') assert.deepEqual(seen, lastRun, view.app);
    }
    await lease.release();
  });

  test('takes a run for settled once another came after it', async () => {
    await release('mended');
    const lease = await records.leases.take(targetOf('mended', stage), { command: 'deploy', runIdOf: createRunId });
    await lease.release();
    const again = await records.leases.take(targetOf('mended', stage), { command: 'deploy', runIdOf: createRunId });
    await again.release();
    await run('mended', 1, 'needs-person');
    const view = (await viewCluster(cluster, records)).find(({ app }) => app === 'mended');
    assert.ok(view && view.lastRun === undefined);
  });

  test('asks no more requests the more targets are at rest', async () => {
    const asked = async () => {
      const before = cluster.api.sent();
      await viewCluster(cluster, records);
      return cluster.api.sent() - before;
    };
    const few = await asked();
    for (const app of ['one', 'two', 'three']) await release(app);
    assert.equal(await asked(), few);
  });
});
