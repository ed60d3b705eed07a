import type { Db } from '../database/db.ts';

export interface FailureRow {
  readonly id: string;
  readonly hub: string;
  readonly summary: string;
  readonly outcome: string;
  readonly at: Date;
}

export function recentFailures(db: Db): Promise<FailureRow[]> {
  return db.query<FailureRow>(
    `select i.id, h.slug as hub, i.summary, i.outcome, i.occurred_at as at
     from interaction_events i join hubs h on h.id = i.hub_id
     where i.outcome in ('failure', 'error') order by i.seq desc limit 30`,
  );
}
