import type { Db } from '../database/db.ts';

export interface CoverageRow {
  readonly hub: string;
  readonly deployments: number;
  readonly decided: number;
  readonly exceptions: number;
}

/** How many of each hub's production deployments since `from` a decision allowed. */
export function decisionCoverage(db: Db, hub: string | undefined, from: Date): Promise<CoverageRow[]> {
  return db.query<CoverageRow>(
    `select h.slug as hub, count(d.id) as deployments, count(d.decision_id) as decided,
            (select count(*) from decision_records x where x.hub_id = h.id and x.kind = 'exception'
             and x.created_at >= $2) as exceptions
     from hubs h join deployment_records d on d.hub_id = h.id
     where d.stage = 'production' and d.kind <> 'rollback' and d.finished_at >= $2 and ($1::text is null or h.slug = $1)
     group by h.id, h.slug order by count(d.decision_id)::float8 / count(d.id), h.slug limit 50`,
    [hub ?? null, from],
  );
}
