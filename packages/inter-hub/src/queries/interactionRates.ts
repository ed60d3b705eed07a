import type { Db } from '../database/db.ts';

export interface RateRow {
  readonly at: Date;
  readonly good: number;
  readonly failed: number;
  readonly other: number;
}

/** Interactions by hour or day since `from`, empty ones included; from the counts the table keeps of itself. */
export function interactionRates(
  db: Db,
  { from, to, unit, hub }: { from: Date; to: Date; unit: 'hour' | 'day'; hub: string | undefined },
): Promise<RateRow[]> {
  return db.query<RateRow>(
    `with counted as (
       select date_trunc($3, hour, 'UTC') as at, outcome, sum(events)::bigint as n from interaction_rates
       where hour >= date_trunc('hour', $1::timestamptz)
         and ($4::text is null or hub_id = (select id from hubs where slug = $4)) group by 1, 2)
     select s.at,
            coalesce(sum(c.n) filter (where c.outcome = 'success'), 0)::bigint as good,
            coalesce(sum(c.n) filter (where c.outcome in ('failure', 'error')), 0)::bigint as failed,
            coalesce(sum(c.n) filter (where c.outcome not in ('success', 'failure', 'error')), 0)::bigint as other
     from generate_series(date_trunc($3, $1::timestamptz, 'UTC'), $2::timestamptz, ('1 ' || $3)::interval) as s (at)
     left join counted c on c.at = s.at group by 1 order by 1`,
    [from, to, unit, hub ?? null],
  );
}
