import type { Db } from '../database/db.ts';
import type { DecisionRow } from './decisionsPage.ts';

export type DecisionDetail = DecisionRow & {
  readonly requirement_id: string | null;
  readonly requirement: string | null;
};

export async function findDecision(db: Db, id: string): Promise<DecisionDetail | undefined> {
  const [row] = await db.query<DecisionDetail>(
    `select d.seq, d.id, h.slug as hub, d.kind, d.title, d.rationale, d.status, d.stage, d.digest, d.decided_by,
            d.decided_at, d.created_at, r.id as requirement_id, r.title as requirement
     from decision_records d join hubs h on h.id = d.hub_id left join requirements r on r.id = d.requirement_id
     where d.id = $1`,
    [id],
  );
  return row;
}
