import type { Db } from '../database/db.ts';

export interface FrictionDayRow {
  readonly hub: string;
  /** `2026-01-31`, UTC. */
  readonly day: string;
  readonly annotations: number;
  readonly errors: number;
  readonly regressed: number;
}

/** What went wrong on each hub on each day since `from`. */
export function frictionByDay(db: Db, hub: string | undefined, from: Date): Promise<FrictionDayRow[]> {
  return db.query<FrictionDayRow>(
    `select h.slug as hub, to_char(x.at at time zone 'UTC', 'YYYY-MM-DD') as day, sum(x.annotations)::bigint as annotations,
            sum(x.errors)::bigint as errors, sum(x.regressed)::bigint as regressed
     from (
       select hub_id, created_at as at, 1 as annotations, 0 as errors, 0 as regressed from annotations where created_at >= $2
       union all
       select hub_id, hour, 0, events, 0 from interaction_rates where hour >= $2 and outcome in ('failure', 'error')
       union all
       select hub_id, observed_at, 0, 0, 1 from outcome_signals where observed_at >= $2 and verdict = 'regressed'
     ) x join hubs h on h.id = x.hub_id
     where $1::text is null or h.slug = $1 group by 1, 2`,
    [hub ?? null, from],
  );
}
