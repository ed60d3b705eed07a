import { hubRegistry } from '../queries/hubRegistry.ts';
import { html } from '../ui/html.ts';
import { empty, panel } from '../ui/panel.ts';
import { signal } from '../ui/signal.ts';
import { table } from '../ui/table.ts';
import { count } from '../ui/text.ts';
import { defineDashboard } from './dashboard.ts';

/** Phase 10. */
export const registry = defineDashboard({
  phase: 10,
  filters: ['hub'],
  render: async ({ db, filters }) => {
    const rows = await hubRegistry(db, filters.hub);
    return panel({
      id: 'manifests',
      title: 'Hubs and their capability manifests',
      body:
        rows.length > 0
          ? table({
              caption: 'Hubs and manifests',
              rows,
              columns: [
                { title: 'Hub', kind: 'grow', cell: (row) => html`${row.name}<p>${row.kind}</p>` },
                {
                  title: 'Manifest',
                  kind: 'tight',
                  cell: (row) =>
                    row.manifest_status ? signal(row.manifest_status) : html`<span class="muted">none</span>`,
                },
                { title: 'Version', kind: 'tight', cell: (row) => row.manifest ?? '–' },
                { title: 'Capabilities', kind: 'end', cell: (row) => count(row.capabilities?.length ?? 0) },
                { title: 'app.toml', kind: 'tight', cell: (row) => (row.has_app_toml ? 'kept' : '–') },
                { title: 'Widgets', kind: 'end', cell: (row) => count(row.widgets) },
              ],
            })
          : empty(
              'Nothing registered',
              'Hubs come with their events; manifests by POST /api/v2/hub-capability-manifests.',
            ),
    });
  },
});
