import type { Clock } from '../../../domain/clock.ts';
import type { Api } from '../../../kubernetes/api.ts';
import { asCached, type EndpointSlice, type KubeList, type Pod, pathOf } from '../../../kubernetes/objects.ts';

/** Of a Service that leads to an instance's pods. */
export interface ServiceName {
  readonly namespace: string;
  readonly name: string;
}

const lookEveryMs = 20;

/** The slice that is railiance's own, beside those of the cluster. */
export function earlySliceName(service: string): string {
  return `${service}-starting`;
}

/** Names of the pods that a Service leads to by the cluster's own slices. @throws ApiError */
export async function servedPods(
  api: Api,
  { namespace, name }: ServiceName,
  signal: AbortSignal,
): Promise<ReadonlySet<string | undefined>> {
  const query = { ...asCached, labelSelector: `kubernetes.io/service-name=${name}` };
  const { items } = await api.call<KubeList<EndpointSlice>>(pathOf('endpointslices', namespace), { query, signal });
  const own = items.filter(({ metadata }) => metadata.name !== earlySliceName(name));
  const ready = own.flatMap(({ endpoints }) =>
    (endpoints ?? []).filter(({ conditions }) => conditions?.ready !== false),
  );
  return new Set(ready.map(({ targetRef }) => targetRef?.name));
}

/** Resolves once the cluster leads the Service to these pods, or when the time is up. @throws ApiError */
export async function untilServed(
  api: Api,
  service: ServiceName,
  pods: readonly Pod[],
  { clock, signal, withinMs }: { readonly clock: Clock; readonly signal: AbortSignal; readonly withinMs: number },
): Promise<void> {
  const began = clock.elapsedMs();
  while (clock.elapsedMs() - began < withinMs) {
    const now = await servedPods(api, service, signal);
    if (pods.every(({ metadata }) => now.has(metadata.name))) return;
    await clock.sleep(lookEveryMs, signal);
  }
}
