import { decodeCursor } from '../api/cursor.ts';
import { exportResponse } from '../api/export.ts';
import type { Db } from '../database/db.ts';
import { definePage, type Page, type PageRequest } from '../pages/page.ts';
import { hubSlugs } from '../queries/hubSlugs.ts';
import { type Filter, type FilterValues, filterBar, readFilters } from '../ui/filters.ts';
import { html } from '../ui/html.ts';
import type { Dashboard, DashboardExport } from './dashboard.ts';
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
      const filters = await choices(deps.database, dashboard.filters);
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
  return dashboard.export ? [page, ...exports(path, phase.slug, dashboard, dashboard.export)] : [page];
}

function exports(path: string, name: string, dashboard: Dashboard, { columns, rows }: DashboardExport): Page[] {
  return (['csv', 'jsonl'] as const).map((format) =>
    definePage({
      path: `${path}/export.${format}`,
      role: 'viewer',
      render: async ({ c, deps, url }: PageRequest) => {
        const values: FilterValues = readFilters(await choices(deps.database, dashboard.filters), url);
        const next = (seq: number | null, limit: number) => rows(deps.database, values, seq, limit);
        return exportResponse(c, { name, format, columns, next });
      },
    }),
  );
}

async function choices(db: Db, filters: Dashboard['filters']): Promise<Filter[]> {
  const slugs = filters.includes('hub') ? await hubSlugs(db) : [];
  const hub: Filter = { name: 'hub', label: 'Hub', options: [['', 'All hubs'], ...slugs.map((s) => [s, s] as const)] };
  return filters.map((filter) => (filter === 'hub' ? hub : filter));
}
