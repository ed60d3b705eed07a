import { createHash } from 'node:crypto';
import { lookup } from 'node:dns/promises';

import { defineCheck } from '../check.ts';
import { askOnce } from '../httpRequest.ts';
import { look } from '../look.ts';
import { patient } from './clusterCheck.ts';

export interface PublicNameInput {
  readonly host: string;
}

/**
 * Does the public name lead to the ingress itself? A name that leads elsewhere shows another server, while all that is asked at
 * the ingress looks well. Addresses are compared first; behind a load balancer the answers are.
 */
export const publicNameCheck = defineCheck<PublicNameInput>({
  name: 'public name',
  run: ({ host }, context) =>
    look('public name', async () => {
      const { url, connect } = context.route;
      const found = await addressesOf(host);
      const ingress = await addressesOf(connect.host);
      const evidence = { host, addresses: found, ingress: { ...connect, addresses: ingress } };
      if (found.length === 0) {
        const hint = `make an A record of ${host} for ${ingress[0] ?? connect.host}`;
        return { verdict: 'fail', summary: `${host} has no address`, hint, evidence };
      }
      if (found.some((address) => ingress.includes(address))) {
        return { verdict: 'pass', summary: `${host} is ${found[0]}, the ingress`, evidence };
      }
      const port = Number(new URL(url).port) || (url.startsWith('https:') ? 443 : 80);
      const signal = patient(context.signal);
      const [there, here] = await Promise.all([
        answerAt({ host: found[0] ?? host, port }, url, signal),
        answerAt(connect, url, signal),
      ]);
      const compared = { ...evidence, answers: { public: there ?? null, ingress: here ?? null } };
      if (there !== undefined && there === here) {
        return {
          verdict: 'pass',
          summary: `${host} is ${found[0]}, and answers as the ingress does`,
          evidence: compared,
        };
      }
      const saw = there === undefined ? 'nothing answers there' : 'which answers otherwise';
      const summary = `${host} is ${found[0]}, not the ingress at ${connect.host}: ${saw}`;
      return { verdict: 'fail', summary, hint: `point ${host} to ${ingress[0] ?? connect.host}`, evidence: compared };
    }),
});

/** A name that ends in `.localhost` is this machine (RFC 6761), which not every resolver knows. */
async function addressesOf(host: string): Promise<readonly string[]> {
  if (host === 'localhost' || host.endsWith('.localhost')) return ['127.0.0.1'];
  const found = await lookup(host, { all: true }).catch(() => []);
  return found.map(({ address }) => address);
}

/** What tells one server's answer from another's; undefined where none came. */
async function answerAt(
  connect: { host: string; port: number },
  url: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  const question = { method: 'GET', path: '/', url, connect, headers: {}, timeoutMs: 4000, signal };
  const answer = await askOnce(question).catch(() => undefined);
  if (answer === undefined) return undefined;
  const body = createHash('sha256').update(answer.body).digest('hex').slice(0, 12);
  return [answer.status, answer.headers.server ?? '', body].join(' ').trim();
}
