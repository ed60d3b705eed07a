import type { Db } from '../database/db.ts';

export interface RequestHourRow {
  readonly at: Date;
  readonly good: number;
  readonly failed: number;
}

/** Requests to the API by hour, empty ones included. */
export function requestsByHour(db: Db, from: Date, to: Date): Promise<RequestHourRow[]> {
  return db.query<RequestHourRow>(
    `select s.at, coalesce(sum(r.requests) filter (where r.status < 400), 0)::bigint as good,
            coalesce(sum(r.requests) filter (where r.status >= 400), 0)::bigint as failed
     from generate_series(date_trunc('hour', $1::timestamptz), $2::timestamptz, '1 hour') as s (at)
     left join api_requests r on r.hour = s.at group by 1 order by 1`,
    [from, to],
  );
}
