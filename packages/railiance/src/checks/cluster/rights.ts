import type { Api } from '../../kubernetes/api.ts';
import { defineCheck } from '../check.ts';
import { look } from '../look.ts';
import { named, patient } from './clusterCheck.ts';
import type { NamespaceInput } from './namespace.ts';

/** One thing to be allowed, as a SelfSubjectAccessReview asks it. */
export interface Right {
  readonly verb: string;
  readonly resource: string;
  readonly group?: string;
  readonly subresource?: string;
  readonly namespace?: string;
}

/** What a rollout does in the namespace of the app; Helm keeps its releases in Secrets. */
const needed: readonly Right[] = [
  ...['create', 'update', 'delete', 'list'].map((verb) => ({ verb, resource: 'secrets' })),
  ...['create', 'patch', 'delete'].map((verb) => ({ verb, resource: 'services' })),
  ...['create', 'patch'].map((verb) => ({ verb, resource: 'persistentvolumeclaims' })),
  ...['create', 'patch', 'delete'].map((verb) => ({ verb, resource: 'deployments', group: 'apps' })),
  { verb: 'watch', resource: 'replicasets', group: 'apps' },
  { verb: 'create', resource: 'jobs', group: 'batch' },
  { verb: 'create', resource: 'ingresses', group: 'networking.k8s.io' },
  ...['create', 'watch', 'delete'].map((verb) => ({ verb, resource: 'pods' })),
  { verb: 'watch', resource: 'events' },
  { verb: 'get', resource: 'pods', subresource: 'log' },
  { verb: 'create', resource: 'pods', subresource: 'exec' },
];

/** May the user of the kubeconfig do what a rollout does? Asked of the API server, which alone knows. */
export const rightsCheck = defineCheck<NamespaceInput>({
  name: 'rights',
  run: ({ api, namespace }, context) =>
    look('rights', async () => {
      const signal = patient(context.signal);
      const answers = await Promise.all(needed.map((right) => mayDo(api, { ...right, namespace }, signal)));
      const missing = needed.filter((_, at) => !answers[at]).map(wordsOf);
      const evidence = { namespace, asked: needed.map(wordsOf), missing };
      if (missing.length === 0) {
        return { verdict: 'pass', summary: `all ${needed.length} that a rollout needs in ${namespace}`, evidence };
      }
      const hint = `kubectl auth can-i --list --namespace ${namespace}`;
      return { verdict: 'fail', summary: `in ${namespace} you may not ${named(missing)}`, hint, evidence };
    }),
});

function wordsOf({ verb, resource, subresource }: Right): string {
  return `${verb} ${resource}${subresource === undefined ? '' : `/${subresource}`}`;
}

/** @throws ApiError */
export async function mayDo(api: Api, right: Right, signal: AbortSignal): Promise<boolean> {
  const kind = 'SelfSubjectAccessReview';
  const body = { apiVersion: 'authorization.k8s.io/v1', kind, spec: { resourceAttributes: right } };
  const path = '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews';
  const { status } = await api.call<{ status: { allowed: boolean } }>(path, { method: 'POST', body, signal });
  return status.allowed;
}
