import type { Db } from '../database/db.ts';
import { bottleneckDays } from '../measures/health.ts';

export interface BottleneckRow {
  readonly hub: string;
  readonly kind: keyof typeof bottleneckDays;
  readonly id: string;
  readonly title: string;
  readonly age_days: number;
  readonly limit_days: number;
}

/** What has waited longer than it should, the worst first. */
export function bottlenecks(db: Db, hub: string | undefined, now: Date): Promise<BottleneckRow[]> {
  const { candidate, requirement, decision, deployment } = bottleneckDays;
  return db.query<BottleneckRow>(
    `select h.slug as hub, w.kind, w.id, w.title, w.limit_days,
            (extract(epoch from $2::timestamptz - w.at) / 86400)::float8 as age_days
     from (
       select hub_id, 'candidate' as kind, id, title, created_at as at, ${candidate} as limit_days
         from requirement_candidates where status = 'open'
       union all
       select hub_id, 'requirement', id, title, created_at, ${requirement}
         from requirements where status in ('open', 'in_progress')
       union all
       select hub_id, 'decision', id, title, created_at, ${decision} from decision_records where status = 'pending'
       union all
       select d.hub_id, 'deployment', d.id, concat_ws(' ', d.kind, d.tag, 'on', d.stage), d.finished_at, ${deployment}
         from deployment_records d
         where d.status = 'succeeded' and not exists (select 1 from outcome_signals o where o.deployment_id = d.id)
     ) w join hubs h on h.id = w.hub_id
     where w.at < $2::timestamptz - make_interval(days => w.limit_days) and ($1::text is null or h.slug = $1)
     order by extract(epoch from $2::timestamptz - w.at) / w.limit_days desc limit 100`,
    [hub ?? null, now],
  );
}
