import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';

import { homeAt } from '../../config/home.ts';
import type { Approval } from '../../domain/approval.ts';
import { systemClock } from '../../domain/clock.ts';
import { target } from '../../domain/name.ts';
import type { FinalState } from '../../domain/runRecord.ts';
import { labelOf, selectorOf } from '../../kubernetes/labels.ts';
import { mergePatch, pathOf } from '../../kubernetes/objects.ts';
import type { RecordPlace } from '../../kubernetes/records.ts';
import { listMetadata, remove } from '../../kubernetes/store.ts';
import { createKubernetesLeaseStore } from '../../pipeline/kubernetesLeaseStore.ts';
import { createKubernetesRunStore } from '../../pipeline/kubernetesRunStore.ts';
import { leaseStoreContract } from '../../pipeline/leaseStoreContract.ts';
import { createRunId } from '../../pipeline/runId.ts';
import { firstEntry, runStoreContract } from '../../pipeline/runStoreContract.ts';
import { signedApproval } from '../../releases/approvalRecord.ts';
import { approvalStoreContract, sampleApproval } from '../../releases/approvalStoreContract.ts';
import { releaseStoreContract } from '../../releases/contract.ts';
import { createKubernetesApprovalStore } from '../../releases/kubernetesApprovalStore.ts';
import { createKubernetesReleaseStore } from '../../releases/kubernetesReleaseStore.ts';
import { clusterStoreKey } from '../../secrets/clusterStoreKey.ts';
import { secretStoreContract } from '../../secrets/contract.ts';
import { createKubernetesRevocations } from '../../secrets/kubernetesRevocations.ts';
import { createKubernetesSealedCopies } from '../../secrets/kubernetesSealedCopies.ts';
import { createKubernetesSecretStore } from '../../secrets/kubernetesSecretStore.ts';
import { revocationsContract } from '../../secrets/revocationsContract.ts';
import { sealedCopiesContract } from '../../secrets/sealedCopiesContract.ts';
import { createSigner } from '../../secrets/signer.ts';
import { sampleRelease } from '../sampleRelease.ts';
import { openLabCluster } from './clusterFixture.ts';
import { goBetween } from './goBetween.ts';

const lab = openLabCluster('records');
const directory = await mkdtemp(join(tmpdir(), 'railiance-records-'));
const home = homeAt({ RAILIANCE_HOME: directory });
let count = 0;
const place = () => ({ api: lab.api, namespace: `${lab.mark}-${count++}` });

after(async () => {
  await lab.clear();
  await rm(directory, { recursive: true, force: true });
});

leaseStoreContract('in a cluster', async () => createKubernetesLeaseStore(place()));
releaseStoreContract('in a cluster', async () => createKubernetesReleaseStore(place()));
secretStoreContract('in a cluster', async () => createKubernetesSecretStore(place()));
runStoreContract('in a cluster', async () => createKubernetesRunStore({ ...place(), home, clock: systemClock }));
approvalStoreContract('in a cluster', async () => {
  const stage = place();
  return () => openApprovals(stage);
});
revocationsContract('in a cluster', async () => {
  const stage = place();
  return () => createKubernetesRevocations(stage);
});
sealedCopiesContract('in a cluster', async () => createKubernetesSealedCopies(place()));

const openApprovals = (stage: RecordPlace) =>
  createKubernetesApprovalStore({ ...stage, clock: systemClock, signer: createSigner(clusterStoreKey(stage)) });

describe('the records of a cluster', () => {
  const production = target('probe', 'production');

  /** Writes into one object of a stage's records, as somebody with kubectl would. */
  async function tamper({ api, namespace }: RecordPlace, kind: string, key: string, text: string): Promise<void> {
    const [found] = await listMetadata(api, pathOf('secrets', namespace), selectorOf({ [labelOf.kind]: kind }));
    const body = { data: { [key]: Buffer.from(text).toString('base64') } };
    const path = pathOf('secrets', namespace, found?.name ?? '');
    await api.call(path, { method: 'PATCH', body, contentType: mergePatch });
  }

  test('an approval that somebody changed, or that another stage signed, is not sound', async () => {
    const [stage, other] = [place(), place()];
    const approval = sampleApproval(production);
    await openApprovals(stage).add(approval);
    for (const text of [
      await signedApproval(approval, createSigner(clusterStoreKey(other))),
      (await signedApproval(approval, createSigner(clusterStoreKey(stage)))).replace('"v1"', '"v2"'),
    ]) {
      await tamper(stage, 'approval', 'approval.json', text);
      assert.equal((await openApprovals(stage).list(production))[0]?.sound, false);
    }
    await tamper(stage, 'approval', 'approval.json', '{');
    assert.deepEqual(await openApprovals(stage).list(production), []);
  });

  test('a use of an approval that cannot be read is not taken for none', async () => {
    const stage = place();
    await openApprovals(stage).add(sampleApproval(production));
    await tamper(stage, 'approval', 'used.json', '');
    assert.equal((await openApprovals(stage).list(production))[0]?.sound, false);
  });

  test('of many approvals those go that have ended, the oldest first', async () => {
    const stage = place();
    const store = openApprovals(stage);
    const [ended, open] = ['2026-01-02', '2999-01-01'].map((expiresAt) =>
      sampleApproval(production, { givenAt: '2025-01-01', expiresAt }),
    ) as [Approval, Approval];
    for (const approval of [ended, open]) await store.add(approval);
    await Promise.all(Array.from({ length: 98 }, () => store.add(sampleApproval(production))));
    assert.equal((await store.list(production)).length, 100);
    await store.add(sampleApproval(production));
    const kept = new Set((await store.list(production)).map(({ approval }) => approval.id));
    assert.deepEqual([kept.size, kept.has(ended.id), kept.has(open.id)], [100, false, true]);
  });

  test('a head that somebody removed is made again with the next release, also where older ones are gone', async () => {
    const stage = place();
    const store = createKubernetesReleaseStore(stage);
    const secret = (name: string) => pathOf('secrets', stage.namespace, name);
    for (const tag of ['v1', 'v2', 'v3']) await store.record(sampleRelease(tag, { stage: 'production' }), 1);
    await remove(lab.api, secret('probe.production.release.000001'));
    await remove(lab.api, secret('probe.production.head'));
    assert.deepEqual(await store.head(production), { current: 3, fencing: 1 });
    await assert.rejects(store.record(sampleRelease('late', { stage: 'production' }), 0), { exitCode: 3 });
    assert.equal((await store.record(sampleRelease('v4', { stage: 'production' }), 1)).number, 4);
    assert.deepEqual(
      (await store.heads('production')).map(({ number }) => number),
      [4],
    );
  });

  test('two who record in turn number releases in turn, though each knows only what it saw last', async () => {
    const stage = place();
    const stores = [createKubernetesReleaseStore(stage), createKubernetesReleaseStore(stage)];
    for (const number of [1, 2, 3, 4, 5]) {
      const store = stores[number % 2] as (typeof stores)[number];
      const release = await store.record(sampleRelease(`v${number}`, { stage: 'production' }), number);
      assert.equal(release.number, number);
      assert.deepEqual(await store.head(production), { current: number, fencing: number });
    }
    const late = stores[0]?.record(sampleRelease('late', { stage: 'production' }), 4);
    await assert.rejects(late ?? Promise.resolve(), { exitCode: 3 });
  });

  test('values of secrets are read from the cluster once, and no more once they were removed', async (context) => {
    const between = await goBetween(lab.api.connection);
    context.after(() => between.close());
    const { namespace } = place();
    const version = await createKubernetesSecretStore({ api: lab.api, namespace }).put(production, {});
    const store = createKubernetesSecretStore({ api: between.api, namespace });
    await store.get(production, version);
    const before = between.answered.length;
    assert.deepEqual(await store.get(production, version), {});
    assert.equal(between.answered.length, before);
    await store.remove(production, version);
    await assert.rejects(store.get(production, version), { name: 'Failure' });
  });

  test('of many runs those stay that are new, and for longer those that made releases', async () => {
    const store = createKubernetesRunStore({ ...place(), home, clock: systemClock });
    const end = async (count: number, state: FinalState) => {
      const runId = createRunId(count);
      const journal = await store.create(production, runId, firstEntry(runId));
      await journal.append({ kind: 'run-ended', state, exitCode: 0, detail: state });
      await journal.close();
      return runId;
    };
    const succeeded = [await end(1, 'succeeded'), await end(2, 'succeeded')];
    const failed = [];
    for (let count = 3; count <= 33; count++) failed.push(await end(count, 'rolled-back'));
    assert.deepEqual([...(await store.list(production))].reverse(), [...succeeded, ...failed.slice(1)]);
  });

  test('names that many machines revoke at once are all kept', async () => {
    const stage = place();
    const version = '1'.repeat(64);
    const names = Array.from({ length: 8 }, (_, n) => `NAME_${n}`);
    const more = { version, reason: 'seen', actor: 'me', at: '2031-01-01T00:00:00Z' };
    await Promise.all(
      names.map((name) => createKubernetesRevocations(stage).add(production, { ...more, names: [name] })),
    );
    assert.deepEqual(
      [...((await createKubernetesRevocations(stage).of(production, version))?.names ?? [])].sort(),
      names,
    );
  });

  test('a revocation that cannot be read is not taken for none', async () => {
    const stage = place();
    const revocations = createKubernetesRevocations(stage);
    const leak = { version: '1'.repeat(64), names: ['A'], reason: 'seen', actor: 'me', at: '2031-01-01T00:00:00Z' };
    await revocations.add(production, leak);
    for (const text of ['', '{}', JSON.stringify({ schema: 'railiance.revocation.v1', ...leak, version: 'x' })]) {
      await tamper(stage, 'revocation', 'revocation.json', text);
      await assert.rejects(revocations.list(production), { name: 'Failure', exitCode: 5 });
      await assert.rejects(revocations.of(production, leak.version), { name: 'Failure', exitCode: 5 });
    }
  });
});
