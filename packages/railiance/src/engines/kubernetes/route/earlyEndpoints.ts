import { isIPv6 } from 'node:net';

import type { Api } from '../../../kubernetes/api.ts';
import { isStatus } from '../../../kubernetes/apiError.ts';
import { applyPatch, type KubeObject, type Pod, pathOf } from '../../../kubernetes/objects.ts';
import { listMetadata, read, remove } from '../../../kubernetes/store.ts';
import { earlySliceName, type ServiceName } from './untilServed.ts';

/** The Service of one instance, which nothing public leads to yet. */
export interface StartingService extends ServiceName {
  /** That the app listens on. */
  readonly port: number;
  /** Of the instance's objects. */
  readonly labels: Readonly<Record<string, string>>;
}

export interface EarlyEndpoints {
  /** The instance's pods, whenever something about them changed. */
  follow(pods: readonly Pod[]): void;
  /** Resolves once the Service leads to the pods' addresses, or where it could not be made to. */
  readonly told: Promise<void>;
  /**
   * Leaves the Service to the cluster, as soon as that leads to the pods itself: without them for a moment it would lead nowhere.
   * @param served resolves then @throws ApiError
   */
  handOver(served: Promise<void>): Promise<void>;
}

/**
 * Leads an instance's Service to its pods before they are ready. Traefik takes a change in at once, and then no other for two
 * seconds, as it is usually set: it would learn that the pods are ready, and only after that time that the public name is led to
 * them. So it is told earlier, by a slice beside the cluster's own; an address that is in both is one server to it. No route
 * needs to lead to the Service before that: the route and where it leads are then one change.
 * https://doc.traefik.io/traefik/providers/overview/#providersprovidersthrottleduration
 *
 * Where that is not allowed, or fails, the switch takes as much longer. The slice goes with its Service.
 */
export function createEarlyEndpoints(api: Api, service: StartingService, signal: AbortSignal): EarlyEndpoints {
  const { namespace, name } = service;
  const path = pathOf('endpointslices', namespace, earlySliceName(name));
  const over = new AbortController();
  const until = AbortSignal.any([signal, over.signal]);
  let known = '';
  let work: Promise<unknown> = Promise.resolve();
  let isWritten = false;
  const told = Promise.withResolvers<void>();

  async function write(pods: readonly Pod[]): Promise<void> {
    if (until.aborted) return;
    // Whoever may not see where a Service leads could not hand it over.
    const [owner] = await Promise.all([
      read<KubeObject>(api, pathOf('services', namespace, name)),
      listMetadata(api, pathOf('endpointslices', namespace), `kubernetes.io/service-name=${name}`),
    ]);
    if (owner?.metadata.uid === undefined) return;
    const body = sliceOf(service, owner.metadata.uid, pods);
    const query = { fieldManager: 'railiance', force: true };
    const wasWritten = isWritten;
    isWritten = true;
    try {
      await api.call(path, { method: 'PATCH', query, body, contentType: applyPatch, signal: until });
    } catch (error) {
      if (isStatus(error, 403)) isWritten = wasWritten;
      throw error;
    }
  }

  return {
    follow(pods) {
      const placed = pods.filter(({ status }) => status?.podIP !== undefined);
      const now = placed.map(({ metadata, status }) => `${metadata.name} ${status?.podIP}`).join();
      if (now === known) return;
      known = now;
      work = work
        .then(() => write(placed))
        .catch(() => {})
        .finally(told.resolve);
    },
    told: told.promise,

    async handOver(served) {
      over.abort();
      await work;
      told.resolve();
      if (!isWritten) return;
      await served;
      await remove(api, path);
    },
  };
}

function sliceOf({ namespace, name, port, labels }: StartingService, uid: string, pods: readonly Pod[]) {
  const marks = {
    'kubernetes.io/service-name': name,
    'endpointslice.kubernetes.io/managed-by': 'railiance',
  };
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: {
      name: earlySliceName(name),
      namespace,
      labels: { ...labels, ...marks },
      ownerReferences: [{ apiVersion: 'v1', kind: 'Service', name, uid }],
    },
    addressType: isIPv6(pods[0]?.status?.podIP ?? '') ? 'IPv6' : 'IPv4',
    ports: [{ name: 'http', port, protocol: 'TCP' }],
    endpoints: pods.map(({ metadata, spec, status }) => ({
      addresses: [status?.podIP],
      conditions: { ready: true, serving: true, terminating: false },
      ...(spec?.nodeName !== undefined && { nodeName: spec.nodeName }),
      targetRef: { kind: 'Pod', name: metadata.name, namespace },
    })),
  };
}
