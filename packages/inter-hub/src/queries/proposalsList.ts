import type { Db } from '../database/db.ts';

export interface ProposalRow {
  readonly id: string;
  readonly agent: string;
  readonly hub: string | null;
  readonly kind: string;
  readonly title: string;
  readonly body: string;
  readonly model: string | null;
  readonly status: string;
  readonly verdict_by: string | null;
  readonly created_at: Date;
}

/** What agents proposed, what waits for a verdict first. */
export function proposalsList(db: Db, hub: string | undefined): Promise<ProposalRow[]> {
  return db.query<ProposalRow>(
    `select p.id, a.name as agent, h.slug as hub, p.kind, p.title, p.body, p.model, p.status, p.verdict_by, p.created_at
     from proposals p join agents a on a.id = p.agent_id left join hubs h on h.id = p.hub_id
     where $1::text is null or h.slug = $1 order by p.status <> 'proposed', p.seq desc limit 100`,
    [hub ?? null],
  );
}
