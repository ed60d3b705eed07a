import type { Secret } from '../../domain/secret.ts';
import type { Api } from '../../kubernetes/api.ts';
import { forwardPort } from '../../kubernetes/forward.ts';
import type { KubeList, KubeObject } from '../../kubernetes/objects.ts';
import { defineCheck } from '../check.ts';
import { look, type Seen } from '../look.ts';
import { type ClusterInput, patient } from './clusterCheck.ts';
import { writeOnce } from './databaseWrite.ts';

export interface DatabaseInput extends ClusterInput {
  /** Connection string that the app is given; undefined where it has none yet. @throws Failure */
  readonly url: () => Promise<Secret | undefined>;
  /** Namespace of the app: a name without dots is a Service there. */
  readonly namespace: string;
}

interface EndpointSlice extends KubeObject {
  readonly ports?: readonly { readonly name?: string | null; readonly port?: number }[];
  readonly endpoints?: readonly {
    readonly conditions?: { readonly ready?: boolean };
    readonly targetRef?: { readonly kind?: string; readonly name?: string; readonly namespace?: string };
  }[];
}

/**
 * Do the database's pods run, and can the app's own user write at the given address? A Service that leads to a standby, or to
 * nothing, lets a connection look well. Written is one transaction number: it leaves nothing behind.
 */
export const databaseCheck = defineCheck<DatabaseInput>({
  name: 'database',
  run: ({ api, url, namespace }, context) =>
    look('database', async () => {
      const signal = patient(context.signal);
      signal.throwIfAborted();
      const secret = await url();
      if (secret === undefined)
        return { verdict: 'pass', summary: 'nothing to write to: the app is given no DATABASE_URL' };
      const address = new URL(secret.reveal());
      const service = serviceOf(address.hostname, namespace);
      if (service === undefined) return await seenAt(secret, address.host, signal, context.redact);
      return await throughService(api, service, secret, { address: address.host, signal, redact: context.redact });
    }),
});

interface Service {
  readonly name: string;
  readonly namespace: string;
}

/** The Service that a name inside the cluster is for; undefined for a name outside. */
export function serviceOf(host: string, own: string): Service | undefined {
  const [, name = '', namespace = own, rest] = /^([a-z0-9-]+)(?:\.([a-z0-9-]+)(\..*)?)?$/.exec(host) ?? [];
  if (name === '' || /^\d+$/.test(name)) return undefined;
  return rest === undefined || /^\.svc(\.[a-z0-9.-]+)?\.?$/.test(rest) ? { name, namespace } : undefined;
}

interface Around {
  readonly address: string;
  readonly signal: AbortSignal;
  readonly redact: (text: string) => string;
}

async function throughService(api: Api, { name, namespace }: Service, url: Secret, around: Around): Promise<Seen> {
  const { signal, address, redact } = around;
  const path = `/apis/discovery.k8s.io/v1/namespaces/${namespace}/endpointslices`;
  const query = { labelSelector: `kubernetes.io/service-name=${name}` };
  const { items } = await api.call<KubeList<EndpointSlice>>(path, { query, signal });
  const all = items.flatMap(({ endpoints = [], ports = [] }) => endpoints.map((endpoint) => ({ ...endpoint, ports })));
  const ready = all.filter(({ conditions }) => conditions?.ready !== false);
  const evidence = { service: `${namespace}/${name}`, pods: all.length, ready: ready.length };
  const [first] = ready;
  if (first?.targetRef?.name === undefined) {
    const summary = all.length === 0 ? `no pod is behind ${namespace}/${name}` : `none of ${all.length} pods is ready`;
    return { verdict: 'fail', summary, hint: `kubectl -n ${namespace} get endpointslices,pods`, evidence };
  }
  const port = first.ports[0]?.port ?? 5432;
  const forwarded = await forwardPort(api.connection, { namespace, name: first.targetRef.name, port });
  try {
    const seen = await seenAt(url, address, signal, redact, forwarded);
    const words = `${ready.length} of ${all.length} pods ready; ${seen.summary}`;
    return { ...seen, summary: words, evidence: { ...evidence, ...seen.evidence } };
  } finally {
    forwarded.close();
  }
}

async function seenAt(
  url: Secret,
  address: string,
  signal: AbortSignal,
  redact: (text: string) => string,
  connectTo?: { readonly host: string; readonly port: number },
): Promise<Seen> {
  const { problem, isStandby, ms } = await writeOnce(url, { signal, redact, ...(connectTo && { connectTo }) });
  const evidence = { address, writeMs: ms };
  if (problem === undefined) return { verdict: 'pass', summary: `a write at ${address} took ${ms} ms`, evidence };
  const summary = isStandby
    ? `${address} leads to a standby, which takes no writes`
    : `a write at ${address} failed: ${problem}`;
  const hint = isStandby
    ? 'wait for the failover to end, or point the Service to the primary'
    : 'railiance secrets show DATABASE_URL';
  return { verdict: 'fail', summary, hint, evidence: { ...evidence, problem } };
}
