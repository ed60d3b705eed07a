import { hubRegistry } from '../queries/hubRegistry.ts';
import { html } from '../ui/html.ts';
import { empty, panel } from '../ui/panel.ts';
import { signal } from '../ui/signal.ts';
import { table } from '../ui/table.ts';
import { count, percent } from '../ui/text.ts';
import { defineDashboard } from './dashboard.ts';

/** Phase 8. */
export const federation = defineDashboard({
  phase: 8,
  filters: ['hub'],
  render: async ({ db, filters }) => {
    const rows = await hubRegistry(db, filters.hub);
    return panel({
      id: 'hubs',
      title: 'Hubs, their owners and routes',
      note: 'Covered: accepted decisions for each deployment.',
      body:
        rows.length > 0
          ? table({
              caption: 'Hubs',
              rows,
              columns: [
                { title: 'State', kind: 'tight', cell: (row) => signal(row.status) },
                { title: 'Hub', kind: 'grow', cell: (row) => html`${row.name}<p>${row.slug}</p>` },
                { title: 'Owner', cell: (row) => row.owner ?? html`<span class="muted">nobody yet</span>` },
                { title: 'Stewards', cell: (row) => row.stewards.join(', ') || '–' },
                {
                  title: 'Route',
                  cell: (row) =>
                    row.route_url ? html`<a href="${row.route_url}" rel="noreferrer">${row.route_url}</a>` : '–',
                },
                { title: 'Decisions', kind: 'end', cell: (row) => count(row.decisions) },
                { title: 'Deployments', kind: 'end', cell: (row) => count(row.deployments) },
                {
                  title: 'Covered',
                  kind: 'end',
                  cell: (row) => percent(row.deployments === 0 ? null : Math.min(1, row.decisions / row.deployments)),
                },
              ],
            })
          : empty(
              'No hubs yet',
              'An app becomes a hub with its first event; owners and stewards are set with PATCH /api/v2/hubs/{id}.',
            ),
    });
  },
});
