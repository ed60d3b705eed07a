import type { Context } from 'hono';
import * as z from 'zod';
import type { HubEnv } from '../http/env.ts';
import { Problem } from './problem.ts';

export const largestPage = 200;

/** What every list takes beside its filters. */
export const pageQuery = {
  limit: z.coerce.number().int().min(1).max(largestPage).default(50).describe('Records on a page'),
  cursor: z.string().max(64).optional().describe('Where to go on, from "next" or the Link header'),
  format: z.enum(['json', 'csv', 'jsonl']).default('json').describe('csv and jsonl hold every record of the filter'),
};

export interface Page<Row> {
  readonly items: readonly Row[];
  readonly next: string | null;
}

/** Lists go from newest to oldest; a cursor is the number of the last record seen, made opaque. */
export function encodeCursor(seq: number): string {
  return Buffer.from(`s${seq}`).toString('base64url');
}

/** @throws Problem 422 for a cursor that is none of ours */
export function decodeCursor(cursor: string | undefined): number | null {
  if (cursor === undefined) return null;
  const text = Buffer.from(cursor, 'base64url').toString();
  if (!/^s\d{1,15}$/.test(text) || encodeCursor(Number(text.slice(1))) !== cursor) {
    throw new Problem(422, 'invalid_cursor', 'This cursor is not one of ours.', 'Begin again without it.');
  }
  return Number(text.slice(1));
}

/** Cuts a page out of one row more than asked for. */
export function pageOf<Row extends { seq: number }>(rows: readonly Row[], limit: number): Page<Row> {
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  return { items, next: rows.length > limit && last ? encodeCursor(last.seq) : null };
}

/** The page as JSON, with the next one in `Link` (RFC 8288) too. */
export function pageResponse<Row>(c: Context<HubEnv>, page: Page<Row>): Response {
  if (page.next !== null) {
    const url = new URL(c.req.url);
    url.searchParams.set('cursor', page.next);
    c.header('Link', `<${url.pathname}${url.search}>; rel="next"`);
  }
  return c.json(page);
}
