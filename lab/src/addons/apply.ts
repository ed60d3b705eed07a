import type { Lab } from '../lab.ts';
import { run } from '../run.ts';
import { bin } from '../supplies/supplies.ts';

/** A Kubernetes object, as the API takes it. */
export type Manifest = Readonly<Record<string, unknown>>;

export async function kubectl(lab: Lab, args: readonly string[], input?: string, timeoutMs?: number): Promise<string> {
  const options = { ...(input === undefined ? {} : { input }), ...(timeoutMs === undefined ? {} : { timeoutMs }) };
  return await run(bin(lab, 'kubectl'), ['--kubeconfig', lab.kubeconfig, ...args], options);
}

export async function apply(lab: Lab, items: readonly Manifest[]): Promise<void> {
  const list = JSON.stringify({ apiVersion: 'v1', kind: 'List', items });
  await kubectl(lab, ['apply', '--server-side', '--force-conflicts', '-f', '-'], list);
}

/** A service account, and what it may do in the whole cluster. */
export function account(name: string, namespace: string, rules: readonly Manifest[]): readonly Manifest[] {
  const rbac = 'rbac.authorization.k8s.io';
  return [
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name, namespace } },
    { apiVersion: `${rbac}/v1`, kind: 'ClusterRole', metadata: { name: `lab:${name}` }, rules },
    {
      apiVersion: `${rbac}/v1`,
      kind: 'ClusterRoleBinding',
      metadata: { name: `lab:${name}` },
      roleRef: { apiGroup: rbac, kind: 'ClusterRole', name: `lab:${name}` },
      subjects: [{ kind: 'ServiceAccount', name, namespace }],
    },
  ];
}

/** A Deployment of one pod of one container. */
export function deployment(name: string, namespace: string, labels: Record<string, string>, pod: Manifest): Manifest {
  const template = { metadata: { labels }, spec: { enableServiceLinks: false, ...pod } };
  const strategy = { type: 'Recreate' };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace, labels },
    spec: { replicas: 1, strategy, selector: { matchLabels: labels }, template },
  };
}
