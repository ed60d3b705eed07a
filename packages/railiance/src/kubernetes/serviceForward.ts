import type { Api } from './api.ts';
import { type ForwardedPort, forwardPort } from './forward.ts';
import { type EndpointSlice, type KubeList, pathOf } from './objects.ts';

export interface Service {
  readonly name: string;
  readonly namespace: string;
}

/** What is behind a Service. */
export interface ServicePods {
  readonly pods: number;
  readonly ready: number;
  /** Leads a port of this machine to the first pod that is ready; undefined where none is. */
  forward?(): Promise<ForwardedPort>;
}

/** The Service that a name inside the cluster is for, seen from a namespace; undefined for a name outside. */
export function serviceOf(host: string, own: string): Service | undefined {
  const [, name = '', namespace = own, rest] = /^([a-z0-9-]+)(?:\.([a-z0-9-]+)(\..*)?)?$/.exec(host) ?? [];
  if (name === '' || /^\d+$/.test(name)) return undefined;
  return rest === undefined || /^\.svc(\.[a-z0-9.-]+)?\.?$/.test(rest) ? { name, namespace } : undefined;
}

export async function servicePods(api: Api, { name, namespace }: Service, signal?: AbortSignal): Promise<ServicePods> {
  const path = pathOf('endpointslices', namespace);
  const query = { labelSelector: `kubernetes.io/service-name=${name}` };
  const { items } = await api.call<KubeList<EndpointSlice>>(path, { query, ...(signal && { signal }) });
  const all = items.flatMap(({ endpoints, ports }) =>
    (endpoints ?? []).map((endpoint) => ({ ...endpoint, ports: ports ?? [] })),
  );
  const ready = all.filter(({ conditions }) => conditions?.ready !== false);
  const [first] = ready;
  const pod = first?.targetRef?.name;
  const counts = { pods: all.length, ready: ready.length };
  if (pod === undefined) return counts;
  const port = first?.ports[0]?.port ?? 5432;
  return { ...counts, forward: () => forwardPort(api.connection, { namespace, name: pod, port }) };
}
