import type { Db } from '../database/db.ts';

export interface CandidateDetail {
  readonly id: string;
  readonly hub: string;
  readonly title: string;
  readonly body: string;
  readonly severity: string;
  readonly status: string;
  readonly occurrences: number;
  readonly weight: number;
  readonly resolution: string | null;
  readonly resolved_by: string | null;
  readonly resolved_at: Date | null;
  readonly created_at: Date;
  readonly last_seen_at: Date;
}

export async function findCandidate(db: Db, id: string): Promise<CandidateDetail | undefined> {
  const [row] = await db.query<CandidateDetail>(
    `select c.id, h.slug as hub, c.title, c.body, c.severity, c.status, c.occurrences, c.weight, c.resolution,
            c.resolved_by, c.resolved_at, c.created_at, c.last_seen_at
     from requirement_candidates c join hubs h on h.id = c.hub_id where c.id = $1`,
    [id],
  );
  return row;
}
