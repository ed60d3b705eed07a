import { request } from 'node:http';

import type { Route } from '../../engines/engine.ts';

/** What a visitor saw so far. */
export interface Visits {
  readonly sent: number;
  readonly failed: number;
  /** First failures, in words. */
  readonly failures: readonly string[];
}

export interface Visitor {
  readonly visits: Visits;
  /** Sends nothing more, and resolves when everything is answered. */
  stop(): Promise<Visits>;
}

const everyMs = 25;
const timeoutMs = 10_000;

/** Asks the routes in turn, forty times a second, each time on a new connection, whatever happens behind them. */
export function sendVisitor(routes: readonly Route[]): Visitor {
  const visits = { sent: 0, failed: 0, failures: [] as string[] };
  const underWay = new Set<Promise<void>>();
  const timer = setInterval(() => {
    const route = routes[visits.sent % routes.length];
    if (!route) return;
    visits.sent += 1;
    const visit = ask(route).then(
      (status) => status !== 200 && fail(`${route.url} answered ${status}`),
      (error: Error) => fail(`${route.url}: ${error.message}`),
    );
    const done: Promise<void> = visit.then(() => void underWay.delete(done));
    underWay.add(done);
  }, everyMs);
  const fail = (words: string) => {
    visits.failed += 1;
    if (visits.failures.length < 5) visits.failures.push(words);
  };
  return {
    visits,
    async stop() {
      clearInterval(timer);
      await Promise.all(underWay);
      return visits;
    },
  };
}

/** Status of one GET of the page. The route's name need not resolve: its address is asked, by that name. */
function ask(route: Route): Promise<number> {
  return answerOf(route).then(({ status }) => status);
}

export function answerOf({ url, connect }: Route): Promise<{ readonly status: number; readonly body: string }> {
  return new Promise((resolve, reject) => {
    const { host } = new URL(url);
    const options = { ...connect, path: '/', headers: { host }, agent: false, timeout: timeoutMs };
    const asked = request(options, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (chunk: string) => {
        body += chunk;
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body })).on('error', reject);
    });
    asked.on('timeout', () => asked.destroy(new Error(`no answer in ${timeoutMs} ms`)));
    asked.on('error', reject).end();
  });
}
