import type { Db } from '../database/db.ts';

export interface AgentRow {
  readonly name: string;
  readonly provider: string | null;
  readonly models: readonly string[];
  readonly owner: string | null;
  readonly delegated_by: string | null;
  readonly budget_cents: number | null;
  readonly spent_cents: number;
  readonly status: string;
  readonly proposals: number;
  readonly accepted: number;
}

/** Agents with what they spent and how their proposals fared; those over their budget first. */
export function agentsList(db: Db): Promise<AgentRow[]> {
  return db.query<AgentRow>(
    `select a.name, a.provider, a.models, a.owner, a.delegated_by, a.budget_cents, a.spent_cents, a.status,
            count(p.id) as proposals, count(p.id) filter (where p.status = 'accepted') as accepted
     from agents a left join proposals p on p.agent_id = a.id
     group by a.id order by a.budget_cents is not null and a.spent_cents > a.budget_cents desc, a.name limit 200`,
  );
}
