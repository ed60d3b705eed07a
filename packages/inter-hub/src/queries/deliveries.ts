import type { Db } from '../database/db.ts';
import type { Delivery } from '../measures/delivery.ts';

/**
 * Deployments to a stage since `from`, each with when it was seen to be bad and when the stage was good again. One that
 * was only ever rolled back was bad from its beginning: the rollback is its end.
 */
export function deliveries(db: Db, hub: string | undefined, stage: string, from: Date): Promise<Delivery[]> {
  return db.query<Delivery>(
    `with own as (
       select d.*, bad.at as bad_at from deployment_records d
       left join (select deployment_id, min(observed_at) as at from outcome_signals
                  where verdict = 'regressed' and kind <> 'rollback' group by 1) bad on bad.deployment_id = d.id
       where d.stage = $2 and d.finished_at >= $3
         and ($1::text is null or d.hub_id = (select id from hubs where slug = $1)))
     select kind, extract(epoch from finished_at)::float8 * 1000 as "finishedMs",
            extract(epoch from committed_at)::float8 * 1000 as "committedMs",
            (status in ('failed', 'rolled_back') or bad_at is not null) as failed,
            extract(epoch from broken_at)::float8 * 1000 as "brokenMs",
            extract(epoch from restored_at)::float8 * 1000 as "restoredMs"
     from (select o.*, case when status in ('failed', 'rolled_back') or bad_at is not null
                            then coalesce(bad_at, finished_at) end as broken_at from own o) b
     left join lateral (
       select min(at) as restored_at from (
         (select n.finished_at as at from deployment_records n
          where n.hub_id = b.hub_id and n.stage = b.stage and n.status = 'succeeded' and n.seq > b.seq
            and n.finished_at >= b.broken_at
          order by n.finished_at limit 1)
         union all
         select i.observed_at from outcome_signals i
         where i.deployment_id = b.id and i.verdict = 'improved' and i.observed_at >= b.broken_at) x
     ) r on b.broken_at is not null
     order by b.seq`,
    [hub ?? null, stage, from],
  );
}
