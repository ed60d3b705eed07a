import type { Db } from '../database/db.ts';
import type { FilterValues } from '../ui/filters.ts';

export interface CandidateRow {
  readonly seq: number;
  readonly id: string;
  readonly hub: string;
  readonly title: string;
  readonly severity: string;
  readonly status: string;
  readonly occurrences: number;
  readonly weight: number;
  readonly created_at: Date;
  readonly last_seen_at: Date;
  readonly widgets: number;
}

/** Candidates by the filters of dashboard 2, the heaviest first, then the oldest; or only by age. */
export function candidatesPage(db: Db, filters: FilterValues, offset: number, limit: number): Promise<CandidateRow[]> {
  const order = filters.order === 'age' ? 'c.created_at, c.seq' : 'c.weight desc, c.created_at, c.seq';
  return db.query<CandidateRow>(
    `select c.seq, c.id, h.slug as hub, c.title, c.severity, c.status, c.occurrences, c.weight, c.created_at, c.last_seen_at,
            (select count(distinct a.widget_id) from candidate_annotations ca join annotations a on a.id = ca.annotation_id
             where ca.candidate_id = c.id) as widgets
     from requirement_candidates c join hubs h on h.id = c.hub_id
     where c.status = $1 and ($2::text is null or h.slug = $2) and ($3::text is null or c.severity = $3)
     order by ${order} offset $4 limit $5`,
    [filters.status ?? 'open', filters.hub ?? null, filters.severity ?? null, offset, limit],
  );
}
