import type { Db } from '../database/db.ts';
import type { FilterValues } from '../ui/filters.ts';

export interface DecisionRow {
  readonly seq: number;
  readonly id: string;
  readonly hub: string;
  readonly kind: string;
  readonly title: string;
  readonly rationale: string;
  readonly status: string;
  readonly stage: string | null;
  readonly digest: string | null;
  readonly decided_by: string | null;
  readonly decided_at: Date | null;
  readonly created_at: Date;
}

/** Decisions by the filters of dashboard 3, newest first. */
export function decisionsPage(
  db: Db,
  filters: FilterValues,
  beforeSeq: number | null,
  limit: number,
): Promise<DecisionRow[]> {
  return db.query<DecisionRow>(
    `select d.seq, d.id, h.slug as hub, d.kind, d.title, d.rationale, d.status, d.stage, d.digest, d.decided_by,
            d.decided_at, d.created_at
     from decision_records d join hubs h on h.id = d.hub_id
     where ($1::text is null or h.slug = $1) and ($2::text is null or d.kind = $2)
       and ($3::text is null or d.status = $3) and ($4::bigint is null or d.seq < $4)
     order by d.seq desc limit $5`,
    [filters.hub ?? null, filters.kind ?? null, filters.status ?? null, beforeSeq, limit],
  );
}
