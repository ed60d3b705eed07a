import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { openLabCluster } from '../testing/cluster/clusterFixture.ts';
import { assertNothingMissed } from '../testing/cluster/forgottenPlace.ts';
import { pathOf } from './objects.ts';
import { ensureNamespace } from './store.ts';

/** `host:port` of the cluster's etcd, by plain HTTP. */
const etcd = process.env.RAILIANCE_LAB_ETCD;
const lab = openLabCluster('watch');
const namespace = lab.mark;
before(() => ensureNamespace(lab.api, namespace, {}));
after(() => lab.clear());

/** https://etcd.io/docs/v3.5/dev-guide/api_grpc_gateway/ */
async function etcdSays(path: string, body: object): Promise<{ readonly header: { readonly revision: string } }> {
  const response = await fetch(`http://${etcd}/v3/kv/${path}`, { method: 'POST', body: JSON.stringify(body) });
  assert.equal(response.status, 200, path);
  return (await response.json()) as { header: { revision: string } };
}

async function compact(): Promise<void> {
  const { header } = await etcdSays('range', { key: 'AA==' });
  await etcdSays('compaction', { revision: header.revision, physical: true });
}

describe('a watch', { skip: etcd === undefined && 'RAILIANCE_LAB_ETCD is not set' }, () => {
  // The API server keeps no window of these itself: they come from etcd, and are forgotten with what it compacts.
  test('whose place etcd has forgotten gets the 410 of the API server, lists again, and misses no change', async (context) => {
    await assertNothingMissed({
      ...{ api: lab.api, list: pathOf('events', namespace), forget: compact },
      object: (name) =>
        ({
          ...{ apiVersion: 'v1', kind: 'Event', metadata: { name, namespace }, reason: 'Tried' },
          involvedObject: { kind: 'Pod', namespace, name: 'nobody' },
        }) as never,
      says: (words) => context.diagnostic(words),
    });
  });
});
