import { type Actor, audit } from '../audit.ts';
import type { Db } from '../database/db.ts';

/**
 * A person's verdict on what an agent proposed, once and for good. Accepted, it becomes a candidate of its hub: no more
 * than anybody's idea, with the agent named. @returns false where it does not wait any more
 */
export async function judgeProposal(
  db: Db,
  id: string,
  verdict: 'accepted' | 'rejected',
  actor: Actor,
  now: Date,
): Promise<boolean> {
  const [row] = await db.query<{ hub_id: string | null; title: string; body: string; agent: string }>(
    `update proposals p set status = $2, verdict_by = $3, verdict_at = $4 from agents a
     where a.id = p.agent_id and p.id = $1 and p.status = 'proposed' returning p.hub_id, p.title, p.body, a.name as agent`,
    [id, verdict, actor.name, now],
  );
  if (!row) return false;
  await audit(db, actor, `proposal.${verdict}`, id, { agent: row.agent });
  if (verdict === 'rejected' || row.hub_id === null) return true;
  await db.query(
    `with made as (insert into requirement_candidates (hub_id, title, body) values ($2, $3, $4) returning id)
     update proposals set candidate_id = made.id from made where proposals.id = $1`,
    [id, row.hub_id, row.title, `Proposed by ${row.agent}.\n\n${row.body}`.trim()],
  );
  return true;
}
