import { isStatus } from '../../kubernetes/apiError.ts';
import { pathOf } from '../../kubernetes/objects.ts';
import { defineCheck } from '../check.ts';
import { look } from '../look.ts';
import { type ClusterInput, patient } from './clusterCheck.ts';
import { mayDo } from './rights.ts';

export interface NamespaceInput extends ClusterInput {
  readonly namespace: string;
}

interface Namespace {
  readonly status?: { readonly phase?: string };
}

/** Is the namespace there and open, or may it be made? One that is being removed takes nothing new. */
export const namespaceCheck = defineCheck<NamespaceInput>({
  name: 'namespace',
  run: ({ api, namespace }, context) =>
    look('namespace', async () => {
      const signal = patient(context.signal);
      const evidence = { namespace };
      try {
        const { status } = await api.call<Namespace>(pathOf('namespaces', undefined, namespace), { signal });
        if (status?.phase !== 'Terminating') return { verdict: 'pass', summary: `${namespace} is there`, evidence };
        const hint = `kubectl get namespace ${namespace} -o yaml names what it waits for`;
        return { verdict: 'fail', summary: `${namespace} is being removed`, hint, evidence };
      } catch (error) {
        if (!isStatus(error, 404)) throw error;
        if (await mayDo(api, { verb: 'create', resource: 'namespaces' }, signal)) {
          return { verdict: 'pass', summary: `${namespace} is not there yet, and will be made`, evidence };
        }
        const hint = `have it made: kubectl create namespace ${namespace}`;
        return { verdict: 'fail', summary: `${namespace} is not there, and you may not make it`, hint, evidence };
      }
    }),
});
