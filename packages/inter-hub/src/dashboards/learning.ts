import { learningsList } from '../queries/learningsList.ts';
import { outcomesByVerdict } from '../queries/outcomesByVerdict.ts';
import { recurringCauses } from '../queries/recurringCauses.ts';
import { html } from '../ui/html.ts';
import { empty, panel } from '../ui/panel.ts';
import { signal, tag } from '../ui/signal.ts';
import { table } from '../ui/table.ts';
import { count, when } from '../ui/text.ts';
import { defineDashboard, since } from './dashboard.ts';

/** Phase 12. */
export const learning = defineDashboard({
  phase: 12,
  filters: ['hub', { name: 'q', label: 'Words' }],
  render: async ({ db, filters, now }) => {
    const [rows, causes, verdicts] = await Promise.all([
      learningsList(db, filters.hub, filters.q),
      recurringCauses(db, filters.hub, 20),
      outcomesByVerdict(db, filters.hub, since(now, 90)),
    ]);
    return html`${panel({
      id: 'learnings',
      title: 'What was learned',
      body:
        rows.length > 0
          ? table({
              caption: 'Learnings, newest first',
              rows,
              columns: [
                {
                  title: 'Learning',
                  kind: 'grow',
                  cell: (row) =>
                    html`<a href="/lineage/learning/${row.id}">${row.title}</a><p>${row.body.slice(0, 240)}</p>`,
                },
                { title: 'Cause', kind: 'grow', cell: (row) => row.cause ?? '–' },
                { title: 'Tags', cell: (row) => html`${row.tags.map((word) => html`${tag(word)} `)}` },
                { title: 'Hub', kind: 'tight', cell: (row) => row.hub },
                { title: 'By', kind: 'tight', cell: (row) => row.author },
                { title: 'When', kind: 'tight', cell: (row) => when(row.created_at, now) },
              ],
            })
          : empty(
              'Nothing learned yet',
              'An incident resolved with a cause becomes a learning; others come by POST /api/v2/learnings.',
            ),
    })}
${panel({
  id: 'causes',
  title: 'Recurring causes',
  note: 'What failed the same way more than once, the most often first.',
  body:
    causes.length > 0
      ? table({
          caption: 'Recurring causes',
          rows: causes,
          columns: [
            { title: 'Now', kind: 'tight', cell: (row) => signal(row.status) },
            {
              title: 'Cause',
              kind: 'grow',
              cell: (row) => html`<a href="/lineage/candidate/${row.id}">${row.title}</a><p>${row.hub}</p>`,
            },
            { title: 'Times', kind: 'end', cell: (row) => count(row.occurrences) },
            { title: 'First', kind: 'tight', cell: (row) => when(row.created_at, now) },
            { title: 'Last', kind: 'tight', cell: (row) => when(row.last_seen_at, now) },
          ],
        })
      : empty('Nothing came back', 'Failures with the same cause are counted as one, with how often they came.'),
})}
${panel({
  id: 'outcomes',
  title: 'Outcomes against expectations',
  note: 'Of 90 days, the most regressions first.',
  body:
    verdicts.length > 0
      ? table({
          caption: 'Outcomes by hub',
          rows: verdicts,
          columns: [
            { title: 'Hub', kind: 'grow', cell: (row) => row.hub },
            ...(['regressed', 'unknown', 'unchanged', 'met', 'improved'] as const).map((verdict) => ({
              title: verdict[0]?.toUpperCase() + verdict.slice(1),
              kind: 'end' as const,
              cell: (row: (typeof verdicts)[number]) => count(row[verdict]),
            })),
          ],
        })
      : empty('No outcomes yet', 'Smoke tests, observation windows and rollbacks say what came of a deployment.'),
})}`;
  },
});
