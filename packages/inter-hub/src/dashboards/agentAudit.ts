import { proposalsList } from '../queries/proposalsList.ts';
import { html } from '../ui/html.ts';
import { empty, panel } from '../ui/panel.ts';
import { signal } from '../ui/signal.ts';
import { table } from '../ui/table.ts';
import { when } from '../ui/text.ts';
import { defineDashboard } from './dashboard.ts';

/** Phase 5. */
export const agentAudit = defineDashboard({
  phase: 5,
  filters: ['hub'],
  render: async ({ db, filters, now }) => {
    const rows = await proposalsList(db, filters.hub);
    return panel({
      id: 'proposals',
      title: 'Proposals',
      note: 'What an agent says is a proposal until a person takes it. The hub itself asks no model in this version.',
      body:
        rows.length > 0
          ? table({
              caption: 'Proposals of agents',
              rows,
              columns: [
                { title: 'Verdict', kind: 'tight', cell: (row) => signal(row.status) },
                {
                  title: 'Proposal',
                  kind: 'grow',
                  cell: (row) =>
                    html`<a href="/agent-audit/${row.id}">${row.title}</a><p>${row.body.slice(0, 240)}</p>`,
                },
                { title: 'Agent', kind: 'tight', cell: (row) => row.agent },
                { title: 'Model', kind: 'tight', cell: (row) => row.model ?? '–' },
                { title: 'Hub', kind: 'tight', cell: (row) => row.hub ?? '–' },
                { title: 'By', kind: 'tight', cell: (row) => row.verdict_by ?? '–' },
                { title: 'Proposed', kind: 'tight', cell: (row) => when(row.created_at, now) },
              ],
            })
          : empty(
              'No proposals',
              'An agent with a key adds them: POST /api/v2/agents once, then POST /api/v2/proposals.',
            ),
    });
  },
});
