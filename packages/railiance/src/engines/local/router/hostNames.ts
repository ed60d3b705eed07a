import { createHash } from 'node:crypto';

import type { Target } from '../../../domain/name.ts';

/** `*.localhost` leads to the loopback addresses without any name server: RFC 6761, section 6.3. */
export function publicHost({ app, stage }: Target): string {
  return `${app}.${stage}.localhost`;
}

/** Host name of one instance before it is active. Ids may hold what a DNS label may not, so their hash stands for them. */
export function candidateHost(target: Target, instanceId: string): string {
  const label = createHash('sha256').update(instanceId).digest('hex').slice(0, 10);
  return `${label}.candidate.${publicHost(target)}`;
}

export function urlOf(host: string, port: number): string {
  return port === 80 ? `http://${host}` : `http://${host}:${port}`;
}

/** Host name out of a Host header: without port and closing dot, in lower case. */
export function hostNameOf(header: string | undefined): string {
  return (header ?? '').replace(/:\d*$/, '').replace(/\.$/, '').toLowerCase();
}
