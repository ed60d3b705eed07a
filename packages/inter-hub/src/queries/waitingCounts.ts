import type { Db } from '../database/db.ts';

export interface WaitingCounts {
  readonly approvals: number;
  readonly candidates: number;
}

/** What waits for a person; beside the places in the navigation. */
export async function waitingCounts(db: Db, now: Date): Promise<WaitingCounts> {
  const [row] = await db.query<WaitingCounts>(
    `select (select count(*) from approvals where status = 'waiting' and expires_at > $1) as approvals,
            (select count(*) from requirement_candidates where status = 'open') as candidates`,
    [now],
  );
  return row ?? { approvals: 0, candidates: 0 };
}
