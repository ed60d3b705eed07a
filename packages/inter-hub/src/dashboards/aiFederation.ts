import { agentsList } from '../queries/agentsList.ts';
import { html } from '../ui/html.ts';
import { empty, panel } from '../ui/panel.ts';
import { signal } from '../ui/signal.ts';
import { table } from '../ui/table.ts';
import { count } from '../ui/text.ts';
import { defineDashboard } from './dashboard.ts';

/** Phase 11. */
export const aiFederation = defineDashboard({
  phase: 11,
  filters: [],
  render: async ({ db }) => {
    const rows = await agentsList(db);
    return panel({
      id: 'agents',
      title: 'Agents',
      note: 'Spend is what the agents report.',
      body:
        rows.length > 0
          ? table({
              caption: 'Agents',
              rows,
              columns: [
                { title: 'State', kind: 'tight', cell: (row) => signal(row.status) },
                {
                  title: 'Agent',
                  kind: 'grow',
                  cell: (row) =>
                    html`${row.name}<p>${row.owner ?? ''}${row.delegated_by ? `, delegated by ${row.delegated_by}` : ''}</p>`,
                },
                { title: 'Provider', kind: 'tight', cell: (row) => row.provider ?? '–' },
                { title: 'Models it may use', cell: (row) => row.models.join(', ') || '–' },
                { title: 'Budget', kind: 'end', cell: (row) => money(row.budget_cents) },
                { title: 'Spent', kind: 'end', cell: (row) => money(row.spent_cents) },
                { title: 'Proposals', kind: 'end', cell: (row) => count(row.proposals) },
                { title: 'Accepted', kind: 'end', cell: (row) => count(row.accepted) },
              ],
            })
          : empty(
              'No agents yet',
              'Register one with POST /api/v2/agents: its models, its budget, and who answers for it.',
            ),
    });
  },
});

function money(cents: number | null): string {
  return cents === null ? '–' : (cents / 100).toFixed(2);
}
