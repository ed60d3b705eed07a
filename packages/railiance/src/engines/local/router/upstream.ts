import { Agent } from 'node:http';

import type { Exchanges } from './exchanges.ts';

/** Where one running instance is reached. */
export interface Upstream {
  readonly host: string;
  readonly port: number;
  /** Connections kept open to it, for requests that may be repeated. */
  readonly agent: Agent;
  readonly exchanges: Exchanges;
}

export function createUpstream(host: string, port: number, exchanges: Exchanges): Upstream {
  // No limit on connections: streams hold theirs for hours, and a request must never queue behind them.
  return { host, port, exchanges, agent: new Agent({ keepAlive: true, maxFreeSockets: 64 }) };
}

/** What a host name leads to. */
export type Resolution =
  | { readonly kind: 'ready'; readonly app: string; readonly stage: string; readonly upstream: Upstream }
  | {
      readonly kind: 'unready';
      readonly app: string;
      readonly stage: string;
      readonly reason: string;
      readonly retryAfterS: number;
    }
  | { readonly kind: 'unknown'; readonly urls: readonly string[] };

export type Resolve = (hostName: string) => Resolution;
