import type { SessionUser } from '../auth/sessions.ts';
import type { Db } from '../database/db.ts';
import type { PageExport, PageFilters } from '../pages/exportPages.ts';
import type { Filter, FilterValues } from '../ui/filters.ts';
import type { Html } from '../ui/html.ts';

export interface DashboardRequest {
  readonly db: Db;
  readonly filters: FilterValues;
  readonly now: Date;
  readonly url: URL;
  readonly user: SessionUser;
  readonly csrf: string;
  /** Number of the last record of the page before; null for the first page. */
  readonly beforeSeq: number | null;
}

/** One dashboard of the twelve: its file is all it takes, and a line in `index.ts`. */
export interface Dashboard {
  readonly phase: number;
  readonly filters: PageFilters;
  render(request: DashboardRequest): Promise<Html>;
  /** The main table as a file, with the filters of the page. */
  readonly export?: PageExport;
}

export function defineDashboard(dashboard: Dashboard): Dashboard {
  return dashboard;
}

const dayMs = 86_400_000;

/** Span of time a dashboard looks at; the first is the default. */
export const spans = {
  name: 'span',
  label: 'Span',
  options: [
    ['', '7 days'],
    ['1', '24 hours'],
    ['30', '30 days'],
    ['90', '90 days'],
  ],
} as const satisfies Filter;

export function spanDays(filters: FilterValues, otherwise = 7): number {
  return Number(filters.span ?? otherwise);
}

export function since(now: Date, days: number): Date {
  return new Date(now.getTime() - days * dayMs);
}
