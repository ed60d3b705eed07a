import type { Db } from '../database/db.ts';
import type { ProposalRow } from './proposalsList.ts';

export type ProposalDetail = ProposalRow & { readonly verdict_at: Date | null; readonly candidate_id: string | null };

export async function findProposal(db: Db, id: string): Promise<ProposalDetail | undefined> {
  const [row] = await db.query<ProposalDetail>(
    `select p.id, a.name as agent, h.slug as hub, p.kind, p.title, p.body, p.model, p.status, p.verdict_by, p.verdict_at,
            p.candidate_id, p.created_at
     from proposals p join agents a on a.id = p.agent_id left join hubs h on h.id = p.hub_id where p.id = $1`,
    [id],
  );
  return row;
}
