import type { Api } from '../../../kubernetes/api.ts';
import { asCached, type EndpointSlice, type Pod, pathOf } from '../../../kubernetes/objects.ts';
import { watch } from '../../../kubernetes/watch.ts';

/** Of a Service that leads to an instance's pods. */
export interface ServiceName {
  readonly namespace: string;
  readonly name: string;
}

/** Name of the slice that is railiance's own, beside those of the cluster. */
export function earlySliceName(service: string): string {
  return `${service}-starting`;
}

/** Longer than a loaded cluster takes to lead a Service to pods that are ready. */
const servedWithinMs = 20_000;

/** Resolves once the cluster leads the Service to these pods, or when the time is up. @throws ApiError */
export async function untilServed(
  api: Api,
  service: ServiceName,
  pods: readonly Pod[],
  signal: AbortSignal,
): Promise<void> {
  const over = AbortSignal.timeout(servedWithinMs);
  const slices = new Map<string, EndpointSlice>();
  const path = pathOf('endpointslices', service.namespace);
  for await (const { kind, object } of watch<EndpointSlice>(
    api,
    path,
    slicesOf(service),
    AbortSignal.any([signal, over]),
  )) {
    if (kind === 'deleted') slices.delete(object.metadata.name);
    else slices.set(object.metadata.name, object);
    const now = ledTo(service, [...slices.values()]);
    if (pods.every(({ metadata }) => now.has(metadata.name))) return;
  }
  signal.throwIfAborted();
}

function slicesOf({ name }: ServiceName) {
  return { ...asCached, labelSelector: `kubernetes.io/service-name=${name}` };
}

function ledTo({ name }: ServiceName, slices: readonly EndpointSlice[]): ReadonlySet<string | undefined> {
  const own = slices.filter(({ metadata }) => metadata.name !== earlySliceName(name));
  const ready = own.flatMap(({ endpoints }) =>
    (endpoints ?? []).filter(({ conditions }) => conditions?.ready !== false),
  );
  return new Set(ready.map(({ targetRef }) => targetRef?.name));
}
