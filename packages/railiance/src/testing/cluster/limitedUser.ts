import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after } from 'node:test';

import { type Api, createApi } from '../../kubernetes/api.ts';
import { openConnection } from '../../kubernetes/connection.ts';
import { create, ensureNamespace, remove } from '../../kubernetes/store.ts';
import type { LabCluster } from './clusterFixture.ts';

/** What a rollout writes. */
const written = [
  ...['namespaces', 'configmaps', 'secrets', 'services', 'deployments', 'ingressroutes'],
  'endpointslices',
];

/**
 * The API as a ServiceAccount that may do all that a rollout does, but not write this. It is gone at the end of the file or suite.
 * @param folder for its kubeconfig
 */
export async function apiWithout({ api, mark }: LabCluster, folder: string, resource: string): Promise<Api> {
  const name = `${mark}-${resource}`;
  const all = ['*'];
  const rules = [
    { apiGroups: all, resources: all, verbs: ['get', 'list', 'watch'] },
    { apiGroups: all, resources: written.filter((one) => one !== resource), verbs: all },
  ];
  const subject = { kind: 'ServiceAccount', name, namespace: mark };
  const rbac = '/apis/rbac.authorization.k8s.io/v1';
  const apiGroup = 'rbac.authorization.k8s.io';
  await ensureNamespace(api, mark, {});
  await create(api, `/api/v1/namespaces/${mark}/serviceaccounts`, { metadata: { name } });
  await create(api, `${rbac}/clusterroles`, { metadata: { name }, rules } as never);
  const roleRef = { apiGroup, kind: 'ClusterRole', name };
  await create(api, `${rbac}/clusterrolebindings`, { metadata: { name }, subjects: [subject], roleRef } as never);
  after(async () => {
    await remove(api, `${rbac}/clusterroles/${name}`);
    await remove(api, `${rbac}/clusterrolebindings/${name}`);
  });
  const path = `/api/v1/namespaces/${mark}/serviceaccounts/${name}/token`;
  const { status } = await api.call<{ status: { token: string } }>(path, { method: 'POST', body: { spec: {} } });
  return await apiWithToken(api, status.token, join(folder, `${name}.json`));
}

async function apiWithToken({ connection: { config } }: Api, token: string, kubeconfig: string): Promise<Api> {
  const cluster = config.getCurrentCluster();
  const content = {
    ...{ apiVersion: 'v1', kind: 'Config', 'current-context': 'limited' },
    clusters: [
      {
        name: 'lab',
        cluster: {
          server: cluster?.server,
          'certificate-authority': cluster?.caFile,
          'certificate-authority-data': cluster?.caData,
        },
      },
    ],
    users: [{ name: 'limited', user: { token } }],
    contexts: [{ name: 'limited', context: { cluster: 'lab', user: 'limited' } }],
  };
  await writeFile(kubeconfig, JSON.stringify(content), { mode: 0o600 });
  return createApi(openConnection({ kubeconfig }, process.env));
}
