import type { Database } from '../database/db.ts';

/** One answered API request, as dashboard 9 counts them. */
export interface Used {
  readonly keyId: string;
  readonly method: string;
  readonly route: string;
  readonly status: number;
  readonly ms: number;
}

/** Key of requests that came without a good key. */
export const anonymousKey = '00000000-0000-0000-0000-000000000000';

/** Counts requests in memory and adds them to the database now and then: not one write for each request. */
export interface Usage {
  record(used: Used): void;
  /** @returns today's requests by key, of all instances */
  flush(now: Date): Promise<Map<string, number>>;
}

export function createUsage(database: Database): Usage {
  let counts = new Map<string, { used: Used; requests: number; ms: number }>();
  return {
    record: (used) => {
      const name = `${used.keyId} ${used.method} ${used.route} ${used.status}`;
      const entry = counts.get(name) ?? { used, requests: 0, ms: 0 };
      entry.requests += 1;
      entry.ms += used.ms;
      counts.set(name, entry);
    },
    flush: async (now) => {
      const entries = [...counts.values()];
      counts = new Map();
      if (entries.length > 0) {
        await database.query(insertCounts, [
          entries.map((entry) => entry.used.keyId),
          entries.map((entry) => entry.used.method),
          entries.map((entry) => entry.used.route),
          entries.map((entry) => entry.used.status),
          entries.map((entry) => entry.requests),
          entries.map((entry) => entry.ms),
          now,
        ]);
        await database.query(touchKeys, [[...new Set(entries.map((entry) => entry.used.keyId))], now]);
      }
      const rows = await database.query<{ id: string; requests: number }>(
        `select key_id as id, sum(requests)::bigint as requests from api_requests
         where hour >= date_trunc('day', $1::timestamptz, 'UTC') group by 1`,
        [now],
      );
      return new Map(rows.map((row) => [row.id, row.requests]));
    },
  };
}

// Ordered, so that two instances cannot wait for each other's rows.
const insertCounts = `
  insert into api_requests as r (hour, key_id, method, route, status, requests, milliseconds)
  select date_trunc('hour', $7::timestamptz), k, m, p, s, n, ms
  from unnest($1::uuid[], $2::text[], $3::text[], $4::int[], $5::bigint[], $6::float8[]) as g (k, m, p, s, n, ms)
  order by k, m, p, s
  on conflict (hour, key_id, method, route, status)
  do update set requests = r.requests + excluded.requests, milliseconds = r.milliseconds + excluded.milliseconds`;

const touchKeys = `
  with used as (update api_keys set last_used_at = $2 where id = any($1::uuid[]) returning consumer_id)
  update api_consumers set last_seen_at = $2 where id in (select consumer_id from used)`;
