import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';

import { mergePatch, pathOf } from '../../kubernetes/objects.ts';
import { create, ensureNamespace, remove } from '../../kubernetes/store.ts';
import { type ClusterFixture, openClusterFixture } from '../../testing/cluster/clusterFixture.ts';
import { apiWithout } from '../../testing/cluster/limitedUser.ts';
import { assertNamed } from '../../testing/cluster/provoke.ts';
import { writeSeedChart } from '../../testing/cluster/seedChart.ts';
import { scratchDirectory } from '../../testing/scratch.ts';
import { setScene } from '../contract/fixture.ts';

let fixture: ClusterFixture;
let folder: string;
before(async () => {
  folder = await scratchDirectory('refusals');
  fixture = await openClusterFixture();
});
after(() => fixture.close());

/** One app that is about to start in a namespace of its own. */
async function scene(by: ClusterFixture = fixture) {
  const set = await setScene(by);
  const namespace = `${fixture.lab.mark}-${set.target.app.slice(-8)}`;
  await ensureNamespace(fixture.lab.api, namespace, {});
  const spec = { ...set.spec('bad'), deploy: { directory: '/', namespace, values: [] } };
  return { set, namespace, spec };
}

async function quota(namespace: string, hard: Readonly<Record<string, string>>): Promise<void> {
  const object = { apiVersion: 'v1', kind: 'ResourceQuota', metadata: { name: 'small', namespace }, spec: { hard } };
  await create(fixture.lab.api, `/api/v1/namespaces/${namespace}/resourcequotas`, object as never);
}

describe('what a cluster refuses is named with its own words', () => {
  test('a quota without room for one more pod', async (context) => {
    const { set, namespace, spec } = await scene();
    await quota(namespace, { pods: '0' });
    const provoked = { cause: 'quota', words: /exceeded quota: small/, event: 'FailedCreate' } as const;
    await assertNamed(context, fixture, set, spec, provoked);
  });

  test('a quota that wants amounts', async (context) => {
    const { set, namespace, spec } = await scene();
    await quota(namespace, { 'limits.memory': '1Gi' });
    const words = /wants an amount: failed quota: small: must specify limits\.memory/;
    await assertNamed(context, fixture, set, spec, { cause: 'quota', words, event: 'FailedCreate' });
  });

  test('a quota without room for a Service', async (context) => {
    const { set, namespace, spec } = await scene();
    await quota(namespace, { services: '0' });
    await assertNamed(context, fixture, set, spec, {
      cause: 'quota',
      words: /exceeded quota: small, requested: services=1/,
    });
  });

  test('a pod that the namespace does not admit', async (context) => {
    const { set, namespace, spec } = await scene();
    const body = { metadata: { labels: { 'pod-security.kubernetes.io/enforce': 'restricted' } } };
    const path = pathOf('namespaces', undefined, namespace);
    await fixture.lab.api.call(path, { method: 'PATCH', body, contentType: mergePatch });
    const { app: slug } = set.target;
    const chart = join(folder, slug);
    const [repository = ''] = (spec.image ?? '').split(/:[^:/@]+@/);
    await writeSeedChart(chart, { slug, repository, host: `${slug}.canary.localhost` });
    const charted = { ...spec, deploy: { ...spec.deploy, chart } };
    const words = /violates PodSecurity "restricted:latest": allowPrivilegeEscalation/;
    await assertNamed(context, fixture, set, charted, { cause: 'forbidden', words, event: 'FailedCreate' });
  });

  test('a namespace that is being removed', async (context) => {
    const { set, namespace, spec } = await scene();
    const { api } = fixture.lab;
    const held = pathOf('configmaps', namespace, 'held');
    await create(api, pathOf('configmaps', namespace), {
      metadata: { name: 'held', finalizers: ['railiance.dev/test'] },
    } as never);
    await remove(api, pathOf('namespaces', undefined, namespace));
    try {
      const provoked = { cause: 'forbidden', words: /its namespace is being removed/ } as const;
      await assertNamed(context, fixture, set, spec, provoked);
    } finally {
      await api.call(held, { method: 'PATCH', body: { metadata: { finalizers: null } }, contentType: mergePatch });
    }
  });

  for (const resource of ['deployments', 'services', 'secrets']) {
    test(`a user who may not make ${resource}`, async (context) => {
      const api = await apiWithout(fixture.lab, folder, resource);
      const limited = await openClusterFixture('helm', api);
      try {
        const { set, spec } = await scene(limited);
        const words = new RegExp(`User "system:serviceaccount:\\S+" cannot \\w+ resource "${resource}"`);
        await assertNamed(context, fixture, set, spec, { cause: 'forbidden', words });
      } finally {
        await limited.close();
        api.connection.close();
      }
    });
  }
});
