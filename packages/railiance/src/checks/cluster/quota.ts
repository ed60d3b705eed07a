import type { RunSpec } from '../../domain/app.ts';
import { asCached, type KubeList, type KubeObject } from '../../kubernetes/objects.ts';
import { quantity } from '../../kubernetes/quantity.ts';
import { defineCheck } from '../check.ts';
import { look } from '../look.ts';
import { patient } from './clusterCheck.ts';
import type { NamespaceInput } from './namespace.ts';

export interface QuotaInput extends NamespaceInput {
  readonly run: Pick<RunSpec, 'replicas' | 'resources'>;
}

interface ResourceQuota extends KubeObject {
  readonly status?: {
    readonly hard?: Readonly<Record<string, string>>;
    readonly used?: Readonly<Record<string, string>>;
  };
}

interface Shortage {
  readonly quota: string;
  readonly resource: string;
  readonly hard: string;
  readonly used: string;
  readonly needed: number;
}

/** Does the namespace's quota leave room for the new version beside the old one? Both run until the switch is verified. */
export const quotaCheck = defineCheck<QuotaInput>({
  name: 'quota',
  run: ({ api, namespace, run }, context) =>
    look('quota', async () => {
      const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/resourcequotas`;
      const signal = patient(context.signal);
      const { items } = await api.call<KubeList<ResourceQuota>>(path, { query: asCached, signal });
      const short = shortages(items, demandOf(run));
      const evidence = { namespace, quotas: items.map(({ metadata }) => metadata.name), short };
      const [first] = short;
      if (!first) {
        const summary = items.length === 0 ? `none in ${namespace}` : `${namespace} has room for one more version`;
        return { verdict: 'pass', summary, evidence };
      }
      const { quota, resource, hard, used, needed } = first;
      const summary = `${quota} allows ${hard} of ${resource}; ${used} are used, ${needed} more are needed`;
      const hint = `kubectl -n ${namespace} describe quota ${quota}; ask for less under [run] resources, or raise it`;
      return { verdict: 'fail', summary, hint, evidence };
    }),
});

/** What one more version takes, by the names that quotas use. */
function demandOf({ replicas, resources: { cpus = 0, memoryBytes = 0 } }: QuotaInput['run']): Record<string, number> {
  const [cpu, memory] = [cpus * replicas, memoryBytes * replicas];
  return {
    ...{ pods: replicas, 'count/pods': replicas, 'count/deployments.apps': 1, services: 1, 'count/services': 1 },
    ...{ cpu, memory, 'requests.cpu': cpu, 'requests.memory': memory, 'limits.cpu': cpu, 'limits.memory': memory },
  };
}

function shortages(quotas: readonly ResourceQuota[], demand: Readonly<Record<string, number>>): readonly Shortage[] {
  return quotas.flatMap(({ metadata, status }) =>
    Object.entries(status?.hard ?? {}).flatMap(([resource, hard]) => {
      const needed = demand[resource] ?? 0;
      const used = status?.used?.[resource] ?? '0';
      const fits = needed === 0 || quantity(used) + needed <= quantity(hard);
      return fits ? [] : [{ quota: metadata.name, resource, hard, used, needed }];
    }),
  );
}
