import { pageOf } from '../api/cursor.ts';
import { approvalsList } from '../queries/approvalsList.ts';
import { decisionCoverage } from '../queries/decisionCoverage.ts';
import { decisionsPage } from '../queries/decisionsPage.ts';
import { type PendingDecision, pendingDecisions } from '../queries/pendingDecisions.ts';
import { approvalTable } from '../ui/approvalTable.ts';
import { exportLinks } from '../ui/exportLinks.ts';
import { pager } from '../ui/filters.ts';
import { type Html, html, nothing } from '../ui/html.ts';
import { meter } from '../ui/meter.ts';
import { empty, figures, panel } from '../ui/panel.ts';
import { signal, tag } from '../ui/signal.ts';
import { table } from '../ui/table.ts';
import { count, digest, percent, when } from '../ui/text.ts';
import { defineDashboard, since } from './dashboard.ts';

const pageSize = 50;
const coverageDays = 90;

/** Phase 3. */
export const governance = defineDashboard({
  phase: 3,
  filters: [
    'hub',
    {
      name: 'kind',
      label: 'Kind',
      options: [
        ['', 'Any'],
        ['approval', 'Approvals'],
        ['decision', 'Decisions'],
        ['exception', 'Exceptions'],
      ],
    },
    {
      name: 'status',
      label: 'Status',
      options: [['', 'Any'], ...['pending', 'accepted', 'rejected', 'superseded'].map((s) => [s, s] as const)],
    },
  ],
  render: async ({ db, filters, now, url, beforeSeq }) => {
    const hub = filters.hub;
    const [waiting, pending, rows, coverage] = await Promise.all([
      approvalsList(db, now, { filters: { hub }, waiting: true, beforeSeq: null, limit: 50 }),
      pendingDecisions(db, hub, 50),
      decisionsPage(db, filters, beforeSeq, pageSize + 1),
      decisionCoverage(db, hub, since(now, coverageDays)),
    ]);
    const page = pageOf(rows, pageSize);
    const footer = pager(url, page.next);
    const deployments = coverage.reduce((sum, row) => sum + row.deployments, 0);
    const decided = coverage.reduce((sum, row) => sum + row.decided, 0);
    return html`${figures('figures', [
      {
        label: 'Waiting for a yes',
        value: count(waiting.length),
        ...(waiting.length > 0 && { tone: 'caution' as const }),
      },
      {
        label: 'To be decided',
        value: count(pending.length),
        ...(pending.length > 0 && { tone: 'caution' as const }),
      },
      {
        label: 'Coverage',
        value: percent(deployments === 0 ? null : decided / deployments),
        note: `${count(decided)} of ${count(deployments)} to production in ${coverageDays} days`,
      },
      {
        label: 'Exceptions',
        value: count(coverage.reduce((sum, row) => sum + row.exceptions, 0)),
        note: `in ${coverageDays} days`,
      },
    ])}
${panel({
  id: 'waiting',
  title: 'Waiting for a person',
  body:
    waiting.length > 0
      ? approvalTable(waiting, now)
      : empty('Nobody waits', 'A promotion that needs a yes appears here, bound to its app, stage and digest.'),
})}
${pending.length > 0 ? panel({ id: 'pending', title: 'To be decided', note: 'The oldest first.', body: pendingTable(pending, now) }) : nothing}
${panel({
  id: 'decisions',
  title: 'Decisions',
  actions: exportLinks(url),
  body:
    page.items.length > 0
      ? table({
          caption: 'Decisions, newest first',
          rows: page.items,
          columns: [
            { title: 'Status', kind: 'tight', cell: (row) => signal(row.status) },
            {
              title: 'Kind',
              kind: 'tight',
              cell: (row) => tag(row.kind, row.kind === 'exception' ? 'caution' : 'idle'),
            },
            {
              title: 'Decision',
              kind: 'grow',
              cell: (row) =>
                html`<a href="/governance/${row.id}">${row.title}</a><p>${row.rationale.slice(0, 200)}</p>`,
            },
            { title: 'Stage', kind: 'tight', cell: (row) => row.stage ?? '–' },
            { title: 'Digest', kind: 'tight', cell: (row) => digest(row.digest) },
            { title: 'By', kind: 'tight', cell: (row) => row.decided_by ?? '–' },
            { title: 'When', kind: 'tight', cell: (row) => when(row.decided_at ?? row.created_at, now) },
          ],
        })
      : empty(
          'No decisions',
          'An approval given or refused is a decision; others come by the API: POST /api/v2/decision-records.',
        ),
  ...(footer && { footer }),
})}
${panel({
  id: 'coverage',
  title: 'How far decisions cover production',
  note: `Deployments to production in ${coverageDays} days that a decision on their digest allowed; the least covered first.`,
  body:
    coverage.length > 0
      ? table({
          caption: 'Coverage by hub',
          rows: coverage,
          columns: [
            { title: 'Hub', kind: 'grow', cell: (row) => row.hub },
            { title: 'Deployments', kind: 'end', cell: (row) => count(row.deployments) },
            { title: 'Decided', kind: 'end', cell: (row) => count(row.decided) },
            { title: 'Exceptions', kind: 'end', cell: (row) => count(row.exceptions) },
            {
              title: 'Coverage',
              kind: 'tight',
              cell: (row) =>
                html`${percent(row.decided / row.deployments)}${meter((100 * row.decided) / row.deployments, 'clear')}`,
            },
          ],
        })
      : empty('No deployments to production yet', 'Coverage is measured once something was deployed there.'),
})}`;
  },
  export: {
    columns: [
      'seq',
      'id',
      'hub',
      'kind',
      'title',
      'rationale',
      'status',
      'stage',
      'digest',
      'decided_by',
      'decided_at',
      'created_at',
    ],
    rows: async (db, filters, beforeSeq, limit) =>
      (await decisionsPage(db, filters, beforeSeq, limit)).map((row) => ({ ...row })),
  },
});

function pendingTable(rows: readonly PendingDecision[], now: Date): Html {
  return table({
    caption: 'Decisions that wait',
    rows,
    columns: [
      { title: 'Kind', kind: 'tight', cell: (row) => tag(row.kind, row.kind === 'exception' ? 'caution' : 'idle') },
      {
        title: 'Decision',
        kind: 'grow',
        cell: (row) => html`<a href="/governance/${row.id}">${row.title}</a><p>${row.hub}</p>`,
      },
      { title: 'Stage', kind: 'tight', cell: (row) => row.stage ?? '–' },
      { title: 'Digest', kind: 'tight', cell: (row) => digest(row.digest) },
      { title: 'Asked', kind: 'tight', cell: (row) => when(row.created_at, now) },
    ],
  });
}
