import { type CandidateRow, candidatesPage } from '../queries/candidatesPage.ts';
import { failureClusters } from '../queries/failureClusters.ts';
import { triageFigures } from '../queries/triageFigures.ts';
import { exportLinks } from '../ui/exportLinks.ts';
import { withQuery } from '../ui/filters.ts';
import { html } from '../ui/html.ts';
import { empty, figures, panel } from '../ui/panel.ts';
import { signal, tag, toneOf } from '../ui/signal.ts';
import { table } from '../ui/table.ts';
import { count, duration, when } from '../ui/text.ts';
import { defineDashboard, since } from './dashboard.ts';

const pageSize = 40;
const figuresDays = 7;

/** Phase 2. */
export const triage = defineDashboard({
  phase: 2,
  filters: [
    'hub',
    {
      name: 'status',
      label: 'Status',
      options: [['', 'Open'], ...['accepted', 'merged', 'routed', 'rejected'].map((s) => [s, s] as const)],
    },
    {
      name: 'severity',
      label: 'Severity',
      options: [['', 'Any'], ...['critical', 'high', 'medium', 'low', 'info'].map((s) => [s, s] as const)],
    },
    {
      name: 'order',
      label: 'Order',
      options: [
        ['', 'Heaviest first'],
        ['age', 'Oldest first'],
      ],
    },
  ],
  render: async ({ db, filters, now, url }) => {
    const page = Math.min(500, Math.max(1, Math.trunc(Number(url.searchParams.get('page')) || 1)));
    const from = since(now, figuresDays);
    const [numbers, rows, clusters] = await Promise.all([
      triageFigures(db, filters.hub, from),
      candidatesPage(db, filters, (page - 1) * pageSize, pageSize + 1),
      failureClusters(db, filters.hub, from),
    ]);
    const shown = rows.slice(0, pageSize);
    const more = rows.length > pageSize;
    const footer = html`<span>${page > 1 ? html`<a href="${withQuery(url, { page: String(page - 1) })}">Before</a>` : ''}</span>${
      more ? html`<a href="${withQuery(url, { page: String(page + 1) })}">After</a>` : html`<span>That is all.</span>`
    }`;
    return html`${figures('figures', [
      {
        label: 'Open',
        value: count(numbers.open),
        note: 'candidates',
        ...(numbers.open > 0 && { tone: 'caution' as const }),
      },
      { label: 'Weight', value: count(numbers.weight), note: 'occurrences times severity' },
      { label: 'Oldest', value: numbers.oldest ? duration(now.getTime() - numbers.oldest.getTime()) : '–' },
      { label: 'New annotations', value: count(numbers.annotations), note: 'in 7 days' },
      { label: 'Decided', value: count(numbers.resolved), note: 'in 7 days' },
    ])}
${panel({
  id: 'candidates',
  title: 'Candidates',
  note: 'What failed the same way is one candidate. Open one to accept, merge, route or reject it.',
  actions: exportLinks(url),
  body: shown.length > 0 ? candidateTable(shown, now) : noCandidates(filters.status),
  ...((page > 1 || more) && { footer }),
})}
${panel({
  id: 'clusters',
  title: 'Where it fails',
  note: 'Annotated failures of the last 7 days, by widget.',
  body:
    clusters.length > 0
      ? table({
          caption: 'Failures by widget',
          rows: clusters,
          columns: [
            { title: 'Hub', kind: 'tight', cell: (row) => row.hub },
            { title: 'Widget', kind: 'grow', cell: (row) => row.widget },
            { title: 'Last', kind: 'tight', cell: (row) => when(row.last_at, now) },
            { title: 'Runs', kind: 'end', cell: (row) => count(row.runs) },
            { title: 'Failures', kind: 'end', cell: (row) => count(row.failures) },
          ],
        })
      : empty('No failures in 7 days', 'A run that ends badly, or a check that says no, appears here by itself.'),
})}`;
  },
  export: {
    columns: [
      'id',
      'hub',
      'title',
      'severity',
      'status',
      'occurrences',
      'weight',
      'widgets',
      'created_at',
      'last_seen_at',
    ],
    rows: async (db, filters, beforeSeq, limit) =>
      beforeSeq === null
        ? (await candidatesPage(db, filters, 0, Math.max(limit - 1, 1))).map((row) => ({ ...row }))
        : [],
  },
});

function candidateTable(rows: readonly CandidateRow[], now: Date) {
  return table({
    caption: 'Candidates',
    rows,
    columns: [
      { title: 'Severity', kind: 'tight', cell: (row) => tag(row.severity, toneOf(row.severity)) },
      {
        title: 'Candidate',
        kind: 'grow',
        cell: (row) =>
          html`<a href="/triage/${row.id}">${row.title}</a><p>${row.hub}, ${count(row.widgets)} ${row.widgets === 1 ? 'widget' : 'widgets'}</p>`,
      },
      { title: 'Status', kind: 'tight', cell: (row) => signal(row.status) },
      { title: 'First', kind: 'tight', cell: (row) => when(row.created_at, now) },
      { title: 'Last', kind: 'tight', cell: (row) => when(row.last_seen_at, now) },
      { title: 'Times', kind: 'end', cell: (row) => count(row.occurrences) },
      { title: 'Weight', kind: 'end', cell: (row) => count(row.weight) },
    ],
  });
}

function noCandidates(status: string | undefined) {
  return status === undefined
    ? empty(
        'Nothing waits',
        'A failed run or a NO-GO gate opens a candidate. You can also add one with the API: POST /api/v2/requirement-candidates.',
      )
    : empty(`None ${status}`, 'Choose another status above.');
}
