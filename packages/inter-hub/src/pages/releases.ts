import { decodeCursor, pageOf } from '../api/cursor.ts';
import { releasesPage as rowsOf } from '../queries/releasesPage.ts';
import { exportLinks } from '../ui/exportLinks.ts';
import { filterBar, pager, readFilters } from '../ui/filters.ts';
import { html } from '../ui/html.ts';
import { empty, panel } from '../ui/panel.ts';
import { signal, tag } from '../ui/signal.ts';
import { table } from '../ui/table.ts';
import { digest, when } from '../ui/text.ts';
import { exportPages, filtersOf, type PageFilters } from './exportPages.ts';
import { definePage } from './page.ts';

const pageSize = 50;
const statuses = ['succeeded', 'failed', 'rolled_back', 'in_progress'] as const;

const filters: PageFilters = [
  'hub',
  { name: 'stage', label: 'Stage' },
  {
    name: 'status',
    label: 'Status',
    options: [['', 'Any'], ...statuses.map((one) => [one, one.replace('_', ' ')] as const)],
  },
];

export const releasesPage = definePage({
  path: '/releases',
  role: 'viewer',
  render: async ({ deps, url, now }) => {
    const shown = await filtersOf(deps.database, filters);
    const values = readFilters(shown, url);
    const beforeSeq = decodeCursor(url.searchParams.get('cursor') ?? undefined);
    const page = pageOf(await rowsOf(deps.database, values, beforeSeq, pageSize + 1), pageSize);
    const footer = pager(url, page.next);
    return {
      title: 'Releases',
      intro: 'What was put where, by whom it was allowed, and what came of it.',
      body: html`${filterBar(shown, values)}${panel({
        id: 'releases',
        title: 'Newest first',
        actions: exportLinks(url),
        body:
          page.items.length > 0
            ? table({
                caption: 'Releases',
                rows: page.items,
                columns: [
                  { title: 'Status', kind: 'tight', cell: (row) => signal(row.status) },
                  {
                    title: 'Release',
                    kind: 'grow',
                    cell: (row) =>
                      html`<a href="/lineage/deployment/${row.id}">${row.hub} ${row.tag ?? ''}</a><p>${row.release === null ? '' : `number ${row.release}`}</p>`,
                  },
                  { title: 'Stage', kind: 'tight', cell: (row) => row.stage },
                  {
                    title: 'Kind',
                    kind: 'tight',
                    cell: (row) => tag(row.kind, row.kind === 'rollback' ? 'caution' : 'idle'),
                  },
                  { title: 'Digest', kind: 'tight', cell: (row) => digest(row.digest) },
                  {
                    title: 'Outcome',
                    kind: 'tight',
                    cell: (row) => (row.verdict ? signal(row.verdict) : html`<span class="muted">none yet</span>`),
                  },
                  { title: 'Allowed by', kind: 'tight', cell: (row) => row.decided_by ?? '–' },
                  { title: 'When', kind: 'tight', cell: (row) => when(row.at, now) },
                ],
              })
            : empty('No releases', 'A release is recorded when a deployment says it is live; see docs/hub/api.md.'),
        ...(footer && { footer }),
      })}`,
    };
  },
});

export const releaseExports = exportPages('/releases', filters, {
  columns: [
    'seq',
    'id',
    'hub',
    'stage',
    'release',
    'kind',
    'tag',
    'digest',
    'status',
    'verdict',
    'decided_by',
    'run_id',
    'url',
    'at',
  ],
  rows: async (db, values, beforeSeq, limit) => (await rowsOf(db, values, beforeSeq, limit)).map((row) => ({ ...row })),
});
