import { request } from 'node:http';
import { connect } from 'node:net';

/** What one look at an instance's port saw. */
export type Probe =
  | { readonly kind: 'ready'; readonly host: string; readonly status: number }
  /** Nothing listens on the port. */
  | { readonly kind: 'closed' }
  /** Something listens, but its answer is not that of a ready app. */
  | { readonly kind: 'unready'; readonly host: string; readonly saw: string };

export interface ProbeTarget {
  readonly port: number;
  /** Absent: `/`, which then may answer anything below 500. */
  readonly healthPath?: string;
  /** Host header: the app's own public one, as apps may refuse others. */
  readonly hostHeader: string;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/** An app may listen on one family only: `localhost` is `::1` first to many. */
const hosts = ['127.0.0.1', '::1'] as const;

export async function probe(target: ProbeTarget): Promise<Probe> {
  for (const host of hosts) {
    if (await accepts(host, target)) return ask(host, target);
  }
  return { kind: 'closed' };
}

async function accepts(host: string, { port, timeoutMs, signal }: ProbeTarget): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: timeoutMs, signal });
    const done = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('connect', () => done(true));
    socket.once('timeout', () => done(false));
    socket.once('error', () => done(false));
  });
}

async function ask(host: string, target: ProbeTarget): Promise<Probe> {
  const { port, healthPath, hostHeader, timeoutMs, signal } = target;
  const path = healthPath ?? '/';
  return new Promise((resolve) => {
    const unready = (saw: string) => resolve({ kind: 'unready', host, saw: `GET ${path} ${saw}` });
    const asked = request({
      host,
      port,
      path,
      agent: false,
      headers: { host: hostHeader, 'user-agent': 'railiance-readiness' },
      signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
    });
    asked.once('response', (response) => {
      const status = response.statusCode ?? 0;
      const ready = status < (healthPath === undefined ? 500 : 400);
      if (ready) resolve({ kind: 'ready', host, status });
      else unready(`answered ${status}`);
      response.destroy();
    });
    asked.on('error', (error: NodeJS.ErrnoException) => {
      const slow = error.name === 'AbortError' || error.name === 'TimeoutError';
      unready(slow ? `had no answer within ${timeoutMs / 1000} s` : `failed: ${error.message}`);
    });
    asked.end();
  });
}
