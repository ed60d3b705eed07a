import { eventSources } from '../queries/eventSources.ts';
import { html } from '../ui/html.ts';
import { empty, panel } from '../ui/panel.ts';
import { signal } from '../ui/signal.ts';
import { table } from '../ui/table.ts';
import { count, when } from '../ui/text.ts';
import { defineDashboard, since } from './dashboard.ts';

/** Phase 6. */
export const adapters = defineDashboard({
  phase: 6,
  filters: [],
  render: async ({ db, now }) => {
    const rows = await eventSources(db, since(now, 7));
    return panel({
      id: 'sources',
      title: 'Who reports in',
      note: 'Of the newest 20,000 events in 7 days, by source and form; those with events no mapping could read first.',
      body:
        rows.length > 0
          ? table({
              caption: 'Sources of events',
              rows,
              columns: [
                {
                  title: 'State',
                  kind: 'tight',
                  cell: (row) => (row.rejects > 0 ? signal('rejects', 'caution') : signal('reporting', 'clear')),
                },
                { title: 'Source', kind: 'grow', cell: (row) => html`<code>${row.source}</code>` },
                { title: 'Consumer', kind: 'tight', cell: (row) => row.consumer ?? 'this hub' },
                { title: 'Version', kind: 'tight', cell: (row) => row.version ?? '–' },
                { title: 'Form', kind: 'tight', cell: (row) => row.form },
                { title: 'Events', kind: 'end', cell: (row) => count(row.events) },
                { title: 'Rejects', kind: 'end', cell: (row) => count(row.rejects) },
                { title: 'Last seen', kind: 'tight', cell: (row) => when(row.last_at, now) },
              ],
            })
          : empty('Nobody reported in 7 days', 'Clients, engines and builders appear with their first event.'),
    });
  },
});
