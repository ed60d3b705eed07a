import { connect } from 'node:net';

import { asCached, type KubeList, type Pod, pathOf } from '../../kubernetes/objects.ts';
import { type CheckContext, defineCheck } from '../check.ts';
import { look } from '../look.ts';
import { type ClusterInput, patient } from './clusterCheck.ts';

const labelSelector = 'app.kubernetes.io/name=traefik';

/** Does Traefik run, and does it answer at the address that the app's route goes through? Either alone is not enough. */
export const traefikCheck = defineCheck<ClusterInput>({
  name: 'traefik',
  run: ({ api }, context) =>
    look('traefik', async () => {
      const signal = patient(context.signal);
      const address = addressOf(context.route.connect);
      const [{ items }, answer] = await Promise.all([
        api.call<KubeList<Pod>>(pathOf('pods'), { query: { ...asCached, labelSelector }, signal }),
        firstLine(context.route.connect, signal),
      ]);
      const ready = items.filter(isReady).length;
      const evidence = { pods: items.length, ready, address, answer: answer ?? null };
      const running = `${ready} of ${items.length} pods ready`;
      if (ready > 0 && answer !== undefined) {
        return { verdict: 'pass', summary: `${running}; ${address} answers ${answer}`, evidence };
      }
      const place = items[0]?.metadata.namespace ?? 'kube-system';
      const hint = `kubectl -n ${place} get pods -l ${labelSelector}`;
      if (answer === undefined)
        return { verdict: 'fail', summary: `${running}, and ${address} does not answer`, hint, evidence };
      if (items.length > 0)
        return { verdict: 'fail', summary: `${running}, though ${address} answers`, hint, evidence };
      return {
        verdict: 'fail',
        summary: `no pod is labelled ${labelSelector}, though ${address} answers`,
        hint,
        evidence,
      };
    }),
});

function isReady({ status }: Pod): boolean {
  return status?.conditions?.some(({ type, status: value }) => type === 'Ready' && value === 'True') ?? false;
}

function addressOf({ host, port }: CheckContext['route']['connect']): string {
  return `${host}:${port}`;
}

/** First line of the answer to a plain request, as HTTP/1.1 has it; an ingress with TLS answers 400 to it, which is an answer. */
function firstLine(to: CheckContext['route']['connect'], signal: AbortSignal): Promise<string | undefined> {
  return new Promise((done) => {
    const socket = connect({ ...to, signal });
    const end = (answer?: string) => {
      socket.destroy();
      done(answer);
    };
    socket.once('connect', () =>
      socket.write('GET /ping HTTP/1.1\r\nHost: railiance-gate.invalid\r\nConnection: close\r\n\r\n'),
    );
    socket.once('data', (chunk) => end(/^HTTP\/1\.[01] (\d{3})/.exec(chunk.toString('latin1'))?.[1] ?? 'something'));
    socket.once('error', () => end());
    socket.once('close', () => end());
  });
}
