import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';

import { Secret } from '../../domain/secret.ts';
import { type Api, createApi } from '../../kubernetes/api.ts';
import { openConnection } from '../../kubernetes/connection.ts';
import { type Pod, pathOf } from '../../kubernetes/objects.ts';
import { create, remove } from '../../kubernetes/store.ts';
import { Registry } from '../../oci/index.ts';
import type { Check, CheckContext } from '../check.ts';
import { checkContext } from '../contract.ts';
import { certificateCheck } from './certificate.ts';
import { databaseCheck } from './database.ts';
import { ingressClassCheck } from './ingressClass.ts';
import { namespaceCheck } from './namespace.ts';
import { nodeRoomCheck } from './nodeRoom.ts';
import { nodesReadyCheck } from './nodesReady.ts';
import { probeImageCheck } from './probeImage.ts';
import { publicNameCheck } from './publicName.ts';
import { pullCheck } from './pull.ts';
import { quotaCheck } from './quota.ts';
import { rightsCheck } from './rights.ts';
import { traefikCheck } from './traefik.ts';

const [httpHost = '', httpPort] = (process.env.RAILIANCE_LAB_HTTP ?? '').split(':');
const [, httpsPort] = (process.env.RAILIANCE_LAB_HTTPS ?? '').split(':');
const registry = process.env.RAILIANCE_LAB_REGISTRY ?? '';
const namespace = `gate-${randomBytes(3).toString('hex')}`;
const routeTo = (host: string, port: string | undefined): CheckContext['route'] => ({
  url: `http://app.lab.localhost:${port}`,
  connect: { host, port: Number(port) },
});
const run = { replicas: 1, resources: { memoryBytes: 64 * 2 ** 20 } };
const dead = {
  metadata: { name: `dead-${namespace}` },
  spec: { taints: [{ key: 'gate/test', effect: 'NoSchedule' }] },
};

let api: Api;
/** The pod of a check whose process was killed. */
async function leaveBehind(): Promise<void> {
  const metadata = {
    name: 'left',
    labels: { 'app.kubernetes.io/managed-by': 'railiance', 'railiance.dev/kind': 'pull' },
  };
  const containers = [{ name: 'pull', image: `${registry}/lab/pause:lab`, command: ['/no/such/program'] }];
  const pod = { apiVersion: 'v1', kind: 'Pod', metadata, spec: { restartPolicy: 'Never', containers } };
  await create(api, pathOf('pods', namespace), pod as never);
  const phase = async () => (await api.call<Pod>(pathOf('pods', namespace, 'left'))).status?.phase;
  for (let tries = 0; tries < 100 && (await phase()) !== 'Failed'; tries++) await sleep(100);
}

const see = async <Input>(check: Check<Input>, input: Input, route = routeTo(httpHost, httpPort)) => {
  const seen = await check.run(input, checkContext({ route }));
  assert.deepEqual(JSON.parse(JSON.stringify(seen)), seen, 'it is plain JSON');
  if (seen.verdict !== 'pass') assert.ok(seen.hint || seen.verdict === 'unknown', `${seen.summary} has no hint`);
  return seen;
};

before(async () => {
  api = createApi(openConnection({}, process.env));
  await create(api, '/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
});
after(async () => {
  await remove(api, pathOf('nodes', undefined, dead.metadata.name));
  await remove(api, pathOf('namespaces', undefined, namespace));
  api.connection.close();
});

describe('the gate of a cluster', () => {
  test('names a node that is not Ready, and counts those that are', async () => {
    await create(api, pathOf('nodes'), { apiVersion: 'v1', kind: 'Node', ...dead });
    const seen = await see(nodesReadyCheck, { api });
    assert.equal(seen.verdict, 'fail');
    assert.match(seen.summary, new RegExp(dead.metadata.name));
    await remove(api, pathOf('nodes', undefined, dead.metadata.name));
    assert.match((await see(nodesReadyCheck, { api })).summary, /^(\d+) of \1 Ready, /);
  });

  test('knows what room the nodes have', async (context) => {
    assert.equal((await see(nodeRoomCheck, { api, memoryBytes: 2 ** 20, imageBytes: 2 ** 20 })).verdict, 'pass');
    const none = await see(nodeRoomCheck, { api, memoryBytes: 2 ** 50, imageBytes: 0 });
    const rooms = none.evidence?.rooms as readonly { readonly memoryBytes?: number }[];
    if (rooms.some(({ memoryBytes }) => memoryBytes === undefined)) {
      return context.skip('`lab -- crowd` is there: nodes that are only objects say nothing of their room');
    }
    assert.equal(none.verdict, 'fail');
    assert.match(none.summary, /GiB of memory and .* free: too little/);
  });

  test('sees Traefik only where it runs and answers', async () => {
    assert.match((await see(traefikCheck, { api })).summary, /^1 of 1 pods ready; .* answers 404$/);
    const silent = await see(traefikCheck, { api }, routeTo('127.0.0.1', '9'));
    assert.equal(silent.verdict, 'fail');
    assert.match(silent.summary, /127\.0\.0\.1:9 does not answer/);
  });

  test('finds the ingress class, and names those that there are', async () => {
    assert.equal((await see(ingressClassCheck, { api, className: 'traefik' })).verdict, 'pass');
    const seen = await see(ingressClassCheck, { api, className: 'nginx' });
    assert.equal(seen.verdict, 'fail');
    assert.match(seen.hint ?? '', /traefik/);
  });

  test('tells a namespace that is there, one that can be made, and one that is going', async () => {
    assert.match((await see(namespaceCheck, { api, namespace })).summary, /is there$/);
    assert.match((await see(namespaceCheck, { api, namespace: `${namespace}-new` })).summary, /will be made$/);
    const going = `${namespace}-going`;
    const metadata = { name: going, finalizers: ['railiance.dev/test'] };
    await create(api, '/api/v1/namespaces', {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata,
      spec: { finalizers: ['kubernetes'] },
    } as never);
    await create(api, pathOf('configmaps', going), {
      metadata: { name: 'held', finalizers: ['railiance.dev/test'] },
    } as never);
    try {
      await remove(api, pathOf('namespaces', undefined, going));
      const seen = await see(namespaceCheck, { api, namespace: going });
      assert.equal(seen.verdict, 'fail');
      assert.match(seen.summary, /is being removed/);
    } finally {
      for (const path of [pathOf('configmaps', going, 'held'), pathOf('namespaces', undefined, going)]) {
        const body = { metadata: { finalizers: null } };
        await api.call(path, { method: 'PATCH', body, contentType: 'application/merge-patch+json' }).catch(() => {});
      }
    }
  });

  test('reckons a quota with both versions', async () => {
    assert.equal((await see(quotaCheck, { api, namespace, run })).verdict, 'pass');
    const quota = { metadata: { name: 'small' }, spec: { hard: { 'requests.memory': '32Mi' } } };
    await api.call(`/api/v1/namespaces/${namespace}/resourcequotas`, { method: 'POST', body: quota });
    for (let tries = 0; tries < 50; tries++) {
      const { verdict, summary } = await see(quotaCheck, { api, namespace, run });
      if (verdict === 'fail') {
        assert.match(summary, /small allows 32Mi of requests\.memory; 0 are used, 67108864 more are needed/);
        await remove(api, `/api/v1/namespaces/${namespace}/resourcequotas/small`);
        return;
      }
      await new Promise((done) => setTimeout(done, 100));
    }
    assert.fail('the quota was never counted');
  });

  test('names the rights that are missing', async () => {
    assert.equal((await see(rightsCheck, { api, namespace })).verdict, 'pass');
    const asNobody: Api = {
      ...api,
      call: (path, request = {}) => {
        const { spec } = (request.body ?? {}) as { spec?: object };
        const body = { ...(request.body as object), spec: { ...spec, user: 'nobody' }, kind: 'SubjectAccessReview' };
        return api.call(path.replace('selfsubject', 'subject'), { ...request, body });
      },
    };
    const seen = await see(rightsCheck, { api: asNobody, namespace });
    assert.equal(seen.verdict, 'fail');
    assert.match(seen.summary, /you may not create secrets, update secrets, delete secrets and 18 more/);
  });

  test('has the nodes pull this very digest, and gives the words of the registry where they cannot', async () => {
    const answer = await fetch(`http://${registry}/v2/lab/pause/manifests/lab`, {
      headers: { accept: 'application/vnd.oci.image.manifest.v1+json' },
    });
    const digest = answer.headers.get('docker-content-digest');
    const pulled = await see(pullCheck, {
      api,
      namespaces: [namespace],
      reference: `${registry}/lab/pause:lab@${digest}`,
    });
    assert.equal(pulled.verdict, 'pass', pulled.summary);
    await leaveBehind();
    const reference = `${registry}/lab/pause:lab@sha256:${'0'.repeat(64)}`;
    const missing = await see(pullCheck, { api, namespaces: [namespace], reference });
    assert.equal(missing.verdict, 'fail');
    assert.match(missing.summary, /not found/);
    const { items } = await api.call<{ items: { metadata: { deletionTimestamp?: string } }[] }>(
      pathOf('pods', namespace),
    );
    assert.ok(
      items.every(({ metadata }) => metadata.deletionTimestamp !== undefined),
      'nothing of it stays',
    );
  });

  test('pushes an image that nobody has seen before, has the nodes pull it, and deletes it', async () => {
    const repository = { push: `${registry}/gate/probe`, pull: `${registry}/gate/probe` };
    const open = (host: string) => new Registry({ host, plainHttp: true });
    const seen = await see(probeImageCheck, { api, namespaces: [`${namespace}-new`, namespace], repository, open });
    assert.equal(seen.verdict, 'pass', seen.summary);
    const nodes = seen.evidence?.nodes as readonly { readonly hadIt: boolean }[];
    assert.deepEqual(
      nodes.map(({ hadIt }) => hadIt),
      [false],
    );
    const digest = String(seen.evidence?.reference).split('@')[1];
    const left = await fetch(`http://${registry}/v2/gate/probe/manifests/${digest}`, { headers: { accept: '*/*' } });
    assert.equal(left.status, 404);
  });

  const url =
    (password: string, host = 'pgpool.railiance-platform.svc') =>
    async () =>
      new Secret(`postgresql://postgres:${password}@${host}:5432/postgres`);

  test('writes to the database at the address that the app is given', async () => {
    const seen = await see(databaseCheck, { api, namespace, url: url('lab') });
    assert.equal(seen.verdict, 'pass', seen.summary);
    assert.match(seen.summary, /1 of 1 pods ready; a write at pgpool\.railiance-platform\.svc:5432 took \d+ ms/);
  });

  test('tells a wrong password from an address without a pod, and shows no secret', async () => {
    const refused = await see(databaseCheck, { api, namespace, url: url('s3cr3t-canary') });
    assert.match(refused.summary, /password authentication failed/);
    assert.ok(!JSON.stringify(refused).includes('s3cr3t-canary'));
    const nobody = await see(databaseCheck, { api, namespace, url: url('lab', 'nobody') });
    assert.equal(nobody.verdict, 'fail');
    assert.match(nobody.summary, new RegExp(`no pod is behind ${namespace}/nobody`));
  });

  test('compares the public name with the ingress', async () => {
    assert.equal((await see(publicNameCheck, { host: 'app.lab.localhost' })).verdict, 'pass');
    const none = await see(publicNameCheck, { host: 'nowhere.invalid' });
    assert.match(none.summary, /has no address/);
  });

  test('counts the days of a certificate, and sees one for another name', async () => {
    const route = routeTo(httpHost, httpsPort);
    const good = await see(certificateCheck, { host: 'app.lab.localhost', leastDays: 14 }, route);
    assert.match(good.summary, /^\d+ days left/);
    assert.equal((await see(certificateCheck, { host: 'app.lab.localhost', leastDays: 4000 }, route)).verdict, 'fail');
    const other = await see(certificateCheck, { host: 'app.example.org', leastDays: 14 }, route);
    assert.match(other.summary, /not for app\.example\.org/);
  });
});
