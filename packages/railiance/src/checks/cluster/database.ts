import type { Secret } from '../../domain/secret.ts';
import type { Api } from '../../kubernetes/api.ts';
import { type Service, serviceOf, servicePods } from '../../kubernetes/serviceForward.ts';
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

interface Around {
  readonly address: string;
  readonly signal: AbortSignal;
  readonly redact: (text: string) => string;
}

async function throughService(api: Api, service: Service, url: Secret, around: Around): Promise<Seen> {
  const { signal, address, redact } = around;
  const { name, namespace } = service;
  const { pods, ready, forward } = await servicePods(api, service, signal);
  const evidence = { service: `${namespace}/${name}`, pods, ready };
  if (!forward) {
    const summary = pods === 0 ? `no pod is behind ${namespace}/${name}` : `none of ${pods} pods is ready`;
    return { verdict: 'fail', summary, hint: `kubectl -n ${namespace} get endpointslices,pods`, evidence };
  }
  const forwarded = await forward();
  try {
    const seen = await seenAt(url, address, signal, redact, forwarded);
    const words = `${ready} of ${pods} pods ready; ${seen.summary}`;
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
