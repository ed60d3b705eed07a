import type { Db } from '../database/db.ts';

export interface RouteRow {
  readonly method: string;
  readonly route: string;
  readonly requests: number;
  readonly client_errors: number;
  readonly server_errors: number;
  readonly limited: number;
  readonly mean_ms: number;
}

/** Requests to the API since `from`, by route, those with most errors first. */
export function requestsByRoute(db: Db, from: Date, consumer: string | undefined): Promise<RouteRow[]> {
  return db.query<RouteRow>(
    `select method, route, sum(requests)::bigint as requests,
            coalesce(sum(requests) filter (where status between 400 and 499 and status <> 429), 0)::bigint as client_errors,
            coalesce(sum(requests) filter (where status >= 500), 0)::bigint as server_errors,
            coalesce(sum(requests) filter (where status = 429), 0)::bigint as limited,
            sum(milliseconds) / sum(requests) as mean_ms
     from api_requests
     where hour >= $1 and ($2::text is null or key_id in
       (select k.id from api_keys k join api_consumers c on c.id = k.consumer_id where c.name = $2))
     group by 1, 2 order by 5 desc, 4 desc, 3 desc`,
    [from, consumer ?? null],
  );
}
