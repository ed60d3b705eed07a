import type { Db } from '../database/db.ts';

export interface TriageFigures {
  readonly open: number;
  readonly weight: number;
  readonly oldest: Date | null;
  readonly annotations: number;
  readonly resolved: number;
}

/** What waits in triage, and what came and went since `from`. */
export async function triageFigures(db: Db, hub: string | undefined, from: Date): Promise<TriageFigures> {
  const [row] = await db.query<TriageFigures>(
    `with own as (select id from hubs where $1::text is null or slug = $1)
     select count(*) filter (where c.status = 'open') as open,
            coalesce(sum(c.weight) filter (where c.status = 'open'), 0)::bigint as weight,
            min(c.created_at) filter (where c.status = 'open') as oldest,
            (select count(*) from annotations where hub_id in (select id from own) and created_at >= $2) as annotations,
            count(*) filter (where c.resolved_at >= $2) as resolved
     from requirement_candidates c where c.hub_id in (select id from own)`,
    [hub ?? null, from],
  );
  return row ?? { open: 0, weight: 0, oldest: null, annotations: 0, resolved: 0 };
}
