import { connect } from 'node:tls';

import { type CheckContext, defineCheck } from '../check.ts';
import { look } from '../look.ts';
import { patient } from './clusterCheck.ts';

export interface CertificateInput {
  readonly host: string;
  /** Traefik asks for the certificate itself, once the route is there. */
  readonly resolver?: string;
  readonly leastDays: number;
}

interface Presented {
  readonly subject: string;
  readonly issuer: string;
  /** ISO 8601. */
  readonly until: string;
  readonly days: number;
  readonly names: readonly string[];
  /** Why this machine does not trust it; absent where it does. */
  readonly distrust?: string;
}

const dayMs = 86_400_000;

/** Is the certificate that the ingress shows for this name good for it, and for how long? */
export const certificateCheck = defineCheck<CertificateInput>({
  name: 'certificate',
  run: ({ host, resolver, leastDays }, context) =>
    look('certificate', async () => {
      const shown = await present(host, context);
      const { days, names, until } = shown;
      const evidence = { host, ...shown };
      const covers = names.some(
        (name) => name === host || (name.startsWith('*.') && host.replace(/^[^.]+/, '*') === name),
      );
      const left = `${days} ${days === 1 ? 'day' : 'days'} left, until ${until.slice(0, 10)}`;
      if (!covers && resolver !== undefined) {
        const summary = `none for ${host} yet; Traefik gets it by ${resolver} once the route is there`;
        return { verdict: 'pass', summary, evidence };
      }
      if (!covers) {
        const summary = `the ingress shows a certificate for ${names[0] ?? shown.subject}, not for ${host}`;
        return { verdict: 'fail', summary, hint: 'name its Secret with ingress.tls.secret in the settings', evidence };
      }
      if (days < leastDays) {
        const hint =
          resolver === undefined ? 'renew it' : `kubectl -n kube-system logs -l app.kubernetes.io/name=traefik`;
        return { verdict: 'fail', summary: `${left}; it should have been renewed`, hint, evidence };
      }
      const trust = shown.distrust === undefined ? '' : `; not trusted here: ${shown.distrust}`;
      return { verdict: 'pass', summary: `${left}, by ${shown.issuer}${trust}`, evidence };
    }),
});

function present(servername: string, { route, signal }: CheckContext): Promise<Presented> {
  const patience = patient(signal);
  const { promise, resolve, reject } = Promise.withResolvers<Presented>();
  // Looked at whether it is trusted or not: that is what is to be found out.
  const socket = connect({ ...route.connect, servername, rejectUnauthorized: false }, () => {
    const { subject, issuer, valid_to: end, subjectaltname = '' } = socket.getPeerCertificate();
    const until = new Date(end);
    const { authorizationError } = socket;
    resolve({
      subject: commonName(subject),
      issuer: commonName(issuer),
      until: until.toISOString(),
      days: Math.floor((until.getTime() - Date.now()) / dayMs),
      names: [...subjectaltname.matchAll(/DNS:([^,\s]+)/g)].map(([, name = '']) => name),
      ...(authorizationError && { distrust: String(authorizationError) }),
    });
    socket.destroy();
  });
  socket.once('error', reject);
  const stop = () => socket.destroy(new Error('no certificate was shown in time'));
  if (patience.aborted) stop();
  patience.addEventListener('abort', stop, { once: true });
  return promise.finally(() => patience.removeEventListener('abort', stop));
}

function commonName(name: { readonly CN?: string | string[] } | undefined): string {
  return [name?.CN ?? 'nobody'].flat().join(', ');
}
