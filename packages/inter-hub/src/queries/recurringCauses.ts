import type { Db } from '../database/db.ts';

export interface CauseRow {
  readonly id: string;
  readonly hub: string;
  readonly title: string;
  readonly status: string;
  readonly occurrences: number;
  readonly created_at: Date;
  readonly last_seen_at: Date;
}

/** What failed the same way more than once, the most often first. Of those merged, the one they went into counts. */
export function recurringCauses(db: Db, hub: string | undefined, limit: number): Promise<CauseRow[]> {
  return db.query<CauseRow>(
    `select c.id, h.slug as hub, c.title, c.status, c.occurrences, c.created_at, c.last_seen_at
     from requirement_candidates c join hubs h on h.id = c.hub_id
     where c.occurrences > 1 and c.status <> 'merged' and ($1::text is null or h.slug = $1)
     order by c.occurrences desc, c.last_seen_at desc limit $2`,
    [hub ?? null, limit],
  );
}
