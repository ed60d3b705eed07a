import type { Db } from '../database/db.ts';
import { type EventRow, eventColumns } from '../live/eventRow.ts';

export interface EventFilters {
  readonly form?: string | undefined;
  readonly type?: string | undefined;
  readonly hub?: string | undefined;
  readonly stage?: string | undefined;
  readonly run_id?: string | undefined;
  readonly source?: string | undefined;
  readonly subject?: string | undefined;
}

const filterable = ['form', 'type', 'hub', 'stage', 'run_id', 'source', 'subject'] as const;

/** Events before `beforeSeq`, newest first, of hubs that may be seen. */
export function eventsPage(
  db: Db,
  filters: EventFilters,
  hubs: 'all' | readonly string[],
  beforeSeq: number | null,
  limit: number,
): Promise<EventRow[]> {
  const values: unknown[] = [];
  const parameter = (value: unknown): string => `$${values.push(value)}`;
  const conditions = filterable
    .filter((name) => filters[name] !== undefined)
    .map((name) => `${name} = ${parameter(filters[name])}`);
  if (hubs !== 'all') conditions.push(`hub = any(${parameter(hubs)}::text[])`);
  if (beforeSeq !== null) conditions.push(`seq < ${parameter(beforeSeq)}`);
  const where = conditions.length > 0 ? `where ${conditions.join(' and ')}` : '';
  return db.query<EventRow>(
    `select ${eventColumns} from events ${where} order by seq desc limit ${parameter(limit)}`,
    values,
  );
}
