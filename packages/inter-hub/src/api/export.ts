import type { Context } from 'hono';
import type { HubEnv } from '../http/env.ts';
import { toCsvLine } from './csv.ts';

type Row = Readonly<Record<string, unknown>> & { readonly seq: number };

const exportPage = 1000;

export interface Export {
  readonly name: string;
  readonly format: 'csv' | 'jsonl';
  readonly columns: readonly string[];
  /** The next rows after `seq` (null for the first), newest first. */
  next(seq: number | null, limit: number): Promise<readonly Row[]>;
}

/** Every record of a filter as a file, read page by page as the client takes it. */
export function exportResponse(c: Context<HubEnv>, { name, format, columns, next }: Export): Response {
  const encoder = new TextEncoder();
  let last: number | null = null;
  const line = (row: Row): string =>
    format === 'csv' ? toCsvLine(columns.map((column) => row[column])) : `${JSON.stringify(row)}\n`;
  const stream = new ReadableStream<Uint8Array>({
    start(controller) {
      if (format === 'csv') controller.enqueue(encoder.encode(toCsvLine(columns)));
    },
    async pull(controller) {
      const rows: readonly Row[] = await next(last, exportPage);
      if (rows.length > 0) controller.enqueue(encoder.encode(rows.map(line).join('')));
      last = rows.at(-1)?.seq ?? last;
      if (rows.length < exportPage) controller.close();
    },
  });
  const type = format === 'csv' ? 'text/csv; charset=utf-8' : 'application/jsonl; charset=utf-8';
  return c.body(stream, 200, {
    'Content-Type': type,
    'Content-Disposition': `attachment; filename="${name}.${format}"`,
    'Cache-Control': 'no-store',
  });
}
