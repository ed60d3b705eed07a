import { pino } from 'pino';
import { beginSession } from '../../packages/inter-hub/src/auth/sessions.ts';
import { makeSetupLink, useSetupLink } from '../../packages/inter-hub/src/auth/setupLink.ts';
import { dashboards } from '../../packages/inter-hub/src/dashboards/index.ts';
import { phases } from '../../packages/inter-hub/src/dashboards/phases.ts';
import { openDatabase } from '../../packages/inter-hub/src/database/pool.ts';
import { timed } from '../harness.ts';
import { type Hub, run } from './arena.ts';

const seedFile = new URL('./seed.sql', import.meta.url).pathname;
const visitsOfEach = 15;

/** Fills a database with a team's record of so many events. */
export async function seed(url: string, events: number): Promise<void> {
  await run('psql', ['-q', '-v', `n=${events}`, '-f', seedFile, url]);
}

/** A Cookie header of a signed-in viewer. */
export async function viewer(url: string): Promise<string> {
  const database = openDatabase({ url, logger: pino({ level: 'silent' }), maxConnections: 1 });
  const now = new Date();
  const email = 'viewer@example.org';
  const link = await makeSetupLink(database, new URL('http://localhost'), { email, role: 'viewer' }, now);
  const user = { email, name: 'Viewer', password: 'correct horse battery staple' };
  const id = (await useSetupLink(database, link.slice(link.lastIndexOf('/') + 1), user, now)) ?? '';
  const token = await beginSession(database, id, { address: '127.0.0.1', userAgent: 'bench', now });
  await database.close();
  return `hub=${token}`;
}

const pick = <T>(values: readonly T[]): T => values[Math.floor(Math.random() * values.length)] as T;

/** Random values for every filter a dashboard has; about one in three is left open. */
function randomFilters(index: number): URLSearchParams {
  const chosen = new URLSearchParams();
  const free: Readonly<Record<string, () => string>> = {
    correlation: () => `run-${Math.floor(Math.random() * 500)}`,
    widget: () => `step-${1 + Math.floor(Math.random() * 12)}`,
    consumer: () => 'bench',
    q: () => 'smoke',
  };
  for (const filter of dashboards[index]?.filters ?? []) {
    if (Math.random() < 1 / 3) continue;
    if (filter === 'hub') chosen.set('hub', `app-${1 + Math.floor(Math.random() * 24)}`);
    else chosen.set(filter.name, filter.options ? pick(filter.options)[0] : (free[filter.name]?.() ?? ''));
  }
  return chosen;
}

export interface Visits {
  readonly p95Ms: number;
  /** Address and time of the slowest. */
  readonly slowest: string;
}

/** Visits all twelve with random filters, one after the other; nothing of them is cached anywhere in the hub. */
export async function visit(hub: Hub, cookie: string): Promise<Visits> {
  const times: { ms: number; path: string }[] = [];
  for (let round = -1; round < visitsOfEach; round += 1) {
    for (const [index, { slug }] of phases.entries()) {
      const path = `/${slug}?${randomFilters(index)}`;
      const ms = await timed(async () => {
        const answer = await fetch(`http://127.0.0.1:${hub.port}${path}`, { headers: { cookie }, redirect: 'manual' });
        await answer.text();
        if (answer.status !== 200) throw new Error(`GET ${path}: ${answer.status}`);
      });
      // The first round loads the charts and plans the statements.
      if (round >= 0) times.push({ ms, path });
    }
  }
  times.sort((a, b) => a.ms - b.ms);
  const last = times.at(-1);
  return {
    p95Ms: times[Math.ceil(times.length * 0.95) - 1]?.ms ?? Number.NaN,
    slowest: `${last?.path} in ${Math.round(last?.ms ?? 0)} ms`,
  };
}
