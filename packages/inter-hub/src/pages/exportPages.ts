import { exportResponse } from '../api/export.ts';
import type { Db } from '../database/db.ts';
import { hubSlugs } from '../queries/hubSlugs.ts';
import { type Filter, type FilterValues, readFilters } from '../ui/filters.ts';
import { definePage, type Page } from './page.ts';

export type ExportRow = Readonly<Record<string, unknown>> & { readonly seq: number };

export interface PageExport {
  readonly columns: readonly string[];
  /** Rows before `beforeSeq`, newest first. */
  rows(
    db: Db,
    filters: FilterValues,
    beforeSeq: number | null,
    limit: number,
    now: Date,
  ): Promise<readonly ExportRow[]>;
}

/** `hub` stands for the choice of all hubs. */
export type PageFilters = readonly (Filter | 'hub')[];

/** The filters of a page, with the hubs that there are. */
export async function filtersOf(db: Db, filters: PageFilters): Promise<Filter[]> {
  const slugs = filters.includes('hub') ? await hubSlugs(db) : [];
  const hub: Filter = { name: 'hub', label: 'Hub', options: [['', 'All hubs'], ...slugs.map((s) => [s, s] as const)] };
  return filters.map((filter) => (filter === 'hub' ? hub : filter));
}

/** The main table of a page as CSV and as JSON Lines, with the filters that are in its address. */
export function exportPages(path: string, filters: PageFilters, { columns, rows }: PageExport): Page[] {
  return (['csv', 'jsonl'] as const).map((format) =>
    definePage({
      path: `${path}/export.${format}`,
      role: 'viewer',
      render: async ({ c, deps, url, now }) => {
        const values = readFilters(await filtersOf(deps.database, filters), url);
        const next = (seq: number | null, limit: number) => rows(deps.database, values, seq, limit, now);
        return exportResponse(c, { name: path.slice(1), format, columns, next });
      },
    }),
  );
}
