import { decodeCursor, pageOf } from '../api/cursor.ts';
import { approvalsList } from '../queries/approvalsList.ts';
import { approvalTable } from '../ui/approvalTable.ts';
import { exportLinks } from '../ui/exportLinks.ts';
import { filterBar, pager, readFilters } from '../ui/filters.ts';
import { html } from '../ui/html.ts';
import { empty, panel } from '../ui/panel.ts';
import { exportPages, filtersOf, type PageFilters } from './exportPages.ts';
import { definePage } from './page.ts';

const pageSize = 50;
const mostWaiting = 200;
const statuses = ['waiting', 'approved', 'rejected', 'withdrawn', 'expired'] as const;
const filters: PageFilters = [
  'hub',
  { name: 'stage', label: 'Stage' },
  { name: 'status', label: 'Status', options: [['', 'Any'], ...statuses.map((one) => [one, one] as const)] },
];

export const approvalsPage = definePage({
  path: '/approvals',
  role: 'viewer',
  render: async ({ deps: { database }, url, now }) => {
    const shown = await filtersOf(database, filters);
    const values = readFilters(shown, url);
    const beforeSeq = decodeCursor(url.searchParams.get('cursor') ?? undefined);
    const [waiting, ended] = await Promise.all([
      approvalsList(database, now, { filters: values, waiting: true, beforeSeq: null, limit: mostWaiting }),
      approvalsList(database, now, { filters: values, waiting: false, beforeSeq, limit: pageSize + 1 }),
    ]);
    const page = pageOf(ended, pageSize);
    const footer = pager(url, page.next);
    return {
      title: 'Approvals',
      intro: 'A yes is bound to one app, one stage and one digest.',
      body: html`${filterBar(shown, values)}${panel({
        id: 'waiting',
        title: 'Waiting for a person',
        body:
          waiting.length > 0
            ? approvalTable(waiting, now)
            : empty(
                'Nobody waits',
                'Where an app or a stage needs a yes, a promotion waits here. Ask by hand with POST /api/v2/approvals.',
              ),
      })}
${panel({
  id: 'approvals',
  title: 'Answered',
  note: 'Given, refused, taken back, or not answered in time. The files hold those that wait too.',
  actions: exportLinks(url),
  body:
    page.items.length > 0
      ? approvalTable(page.items, now, 'Approvals that were answered, newest first')
      : empty('None yet', 'Every answer stays here, with who gave it.'),
  ...(footer && { footer }),
})}`,
    };
  },
});

export const approvalExports = exportPages('/approvals', filters, {
  columns: [
    'seq',
    'id',
    'hub',
    'stage',
    'tag',
    'digest',
    'status',
    'requested_by',
    'reason',
    'decided_by',
    'decided_at',
    'comment',
    'run_id',
    'evidence',
    'created_at',
    'expires_at',
  ],
  rows: async (db, values, beforeSeq, limit, now) =>
    (await approvalsList(db, now, { filters: values, beforeSeq, limit })).map((row) => ({ ...row })),
});
