import type { ApprovalRow } from '../queries/approvalsList.ts';
import { type Html, html } from './html.ts';
import { signal } from './signal.ts';
import { table } from './table.ts';
import { digest, when } from './text.ts';

/** @param caption two tables of one page are told apart by it */
export function approvalTable(rows: readonly ApprovalRow[], now: Date, caption = 'Approvals that wait'): Html {
  return table({
    caption,
    rows,
    columns: [
      { title: 'Status', kind: 'tight', cell: (row) => signal(row.status) },
      {
        title: 'What',
        kind: 'grow',
        cell: (row) => html`<a href="/approvals/${row.id}">${row.hub} on ${row.stage}</a><p>${row.reason ?? ''}</p>`,
      },
      { title: 'Version', kind: 'tight', cell: (row) => row.tag ?? '–' },
      { title: 'Digest', kind: 'tight', cell: (row) => digest(row.digest) },
      { title: 'Asked by', kind: 'tight', cell: (row) => row.requested_by },
      { title: 'Asked', kind: 'tight', cell: (row) => when(row.created_at, now) },
      { title: 'Decided by', kind: 'tight', cell: (row) => row.decided_by ?? '–' },
      { title: 'Ends', kind: 'tight', cell: (row) => (row.status === 'waiting' ? when(row.expires_at, now) : '–') },
    ],
  });
}
