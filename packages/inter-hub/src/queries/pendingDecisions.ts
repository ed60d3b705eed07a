import type { Db } from '../database/db.ts';

export interface PendingDecision {
  readonly id: string;
  readonly hub: string;
  readonly kind: string;
  readonly title: string;
  readonly stage: string | null;
  readonly digest: string | null;
  readonly created_at: Date;
}

/** Decisions that nobody has made yet, the oldest first. */
export function pendingDecisions(db: Db, hub: string | undefined, limit: number): Promise<PendingDecision[]> {
  return db.query<PendingDecision>(
    `select d.id, h.slug as hub, d.kind, d.title, d.stage, d.digest, d.created_at
     from decision_records d join hubs h on h.id = d.hub_id
     where d.status = 'pending' and ($1::text is null or h.slug = $1) order by d.seq limit $2`,
    [hub ?? null, limit],
  );
}
