import { searchAll } from '../queries/searchAll.ts';
import { filterBar, readFilters } from '../ui/filters.ts';
import { html } from '../ui/html.ts';
import { empty, panel } from '../ui/panel.ts';
import { tag } from '../ui/signal.ts';
import { table } from '../ui/table.ts';
import { when } from '../ui/text.ts';
import { definePage } from './page.ts';

const filters = [{ name: 'q', label: 'Name, tag, digest, run or cause' }];

export const searchPage = definePage({
  path: '/search',
  role: 'viewer',
  render: async ({ deps, url, now }) => {
    const values = readFilters(filters, url);
    const words = values.q?.trim() ?? '';
    const rows = words.length < 2 ? [] : await searchAll(deps.database, words);
    return {
      title: 'Search',
      body: html`${filterBar(filters, values, 'Search')}${panel({
        id: 'found',
        title: words === '' ? 'What are you looking for?' : `Found for “${words}”`,
        body:
          rows.length > 0
            ? table({
                caption: 'Found',
                rows,
                columns: [
                  { title: 'Kind', kind: 'tight', cell: (row) => tag(row.kind) },
                  { title: 'Record', kind: 'grow', cell: (row) => html`<a href="${row.href}">${row.title}</a>` },
                  { title: 'Hub', kind: 'tight', cell: (row) => row.hub ?? '–' },
                  { title: 'When', kind: 'tight', cell: (row) => when(row.at, now) },
                ],
              })
            : empty(
                words.length < 2 ? 'Two characters at least' : 'Nothing found',
                'Looks through hubs, workplans, releases, candidates, decisions and runs.',
              ),
      })}`,
    };
  },
});
