import { decodeCursor } from '../api/cursor.ts';
import { exportPages, filtersOf } from '../pages/exportPages.ts';
import { definePage, type Page } from '../pages/page.ts';
import { filterBar, readFilters } from '../ui/filters.ts';
import { html } from '../ui/html.ts';
import type { Dashboard } from './dashboard.ts';
import { phases } from './phases.ts';

/** The page of a dashboard, and its export where it has one. */
export function dashboardPages(dashboard: Dashboard): Page[] {
  const phase = phases[dashboard.phase - 1];
  if (!phase) throw new Error(`there is no phase ${dashboard.phase}`);
  const path = `/${phase.slug}`;
  const page = definePage({
    path,
    role: 'viewer',
    render: async (request) => {
      const { deps, url, now, user, csrf } = request;
      const filters = await filtersOf(deps.database, dashboard.filters);
      const values = readFilters(filters, url);
      const beforeSeq = decodeCursor(url.searchParams.get('cursor') ?? undefined);
      const body = await dashboard.render({ db: deps.database, filters: values, now, url, user, csrf, beforeSeq });
      return {
        title: phase.title,
        intro: phase.summary,
        body: html`${filterBar(filters, values)}${body}`,
      };
    },
  });
  return dashboard.export ? [page, ...exportPages(path, dashboard.filters, dashboard.export)] : [page];
}
