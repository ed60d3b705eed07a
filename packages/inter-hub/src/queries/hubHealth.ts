import type { Db } from '../database/db.ts';

export interface HubHealthRow {
  readonly hub: string;
  readonly annotations: number;
  readonly errors: number;
  readonly regressed: number;
  readonly open_candidates: number;
  readonly stale_candidates: number;
  readonly stale_decisions: number;
}

/** What weighs on each hub since `from`, and what is open now. Stale is older than `staleBefore`. */
export function hubHealth(db: Db, hub: string | undefined, from: Date, staleBefore: Date): Promise<HubHealthRow[]> {
  return db.query<HubHealthRow>(
    `select h.slug as hub, coalesce(a.n, 0) as annotations, coalesce(e.n, 0)::bigint as errors,
            coalesce(o.n, 0) as regressed, coalesce(c.open, 0) as open_candidates, coalesce(c.stale, 0) as stale_candidates,
            coalesce(d.n, 0) as stale_decisions
     from hubs h
     left join (select hub_id, count(*) as n from annotations where created_at >= $2 group by 1) a on a.hub_id = h.id
     left join (select hub_id, sum(events) as n from interaction_rates
                where hour >= $2 and outcome in ('failure', 'error') group by 1) e on e.hub_id = h.id
     left join (select hub_id, count(*) as n from outcome_signals
                where observed_at >= $2 and verdict = 'regressed' group by 1) o on o.hub_id = h.id
     left join (select hub_id, count(*) as open, count(*) filter (where created_at < $3) as stale
                from requirement_candidates where status = 'open' group by 1) c on c.hub_id = h.id
     left join (select hub_id, count(*) as n from decision_records
                where status = 'pending' and created_at < $3 group by 1) d on d.hub_id = h.id
     where h.status = 'active' and ($1::text is null or h.slug = $1)
     order by h.slug limit 200`,
    [hub ?? null, from, staleBefore],
  );
}
