import type { Db } from '../database/db.ts';
import type { FilterValues } from '../ui/filters.ts';

export interface ReleaseRow {
  readonly seq: number;
  readonly id: string;
  readonly hub: string;
  readonly stage: string;
  readonly release: number | null;
  readonly kind: string;
  readonly digest: string | null;
  readonly tag: string | null;
  readonly status: string;
  readonly run_id: string | null;
  readonly decided_by: string | null;
  readonly url: string | null;
  readonly at: Date;
  readonly verdict: string | null;
}

/** Deployments of every stage, newest first, each with the worst that was said of it. */
export function releasesPage(
  db: Db,
  filters: FilterValues,
  beforeSeq: number | null,
  limit: number,
): Promise<ReleaseRow[]> {
  return db.query<ReleaseRow>(
    `select d.seq, d.id, h.slug as hub, d.stage, d.release, d.kind, d.digest, d.tag, d.status, d.run_id, x.decided_by, d.url,
            coalesce(d.finished_at, d.created_at) as at,
            (select o.verdict from outcome_signals o where o.deployment_id = d.id
             order by o.verdict = 'regressed' desc, o.observed_at desc limit 1) as verdict
     from deployment_records d join hubs h on h.id = d.hub_id left join decision_records x on x.id = d.decision_id
     where ($1::text is null or h.slug = $1) and ($2::text is null or d.stage = $2) and ($3::text is null or d.status = $3)
       and ($4::bigint is null or d.seq < $4)
     order by d.seq desc limit $5`,
    [filters.hub ?? null, filters.stage ?? null, filters.status ?? null, beforeSeq, limit],
  );
}
