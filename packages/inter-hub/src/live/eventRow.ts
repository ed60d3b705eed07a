import type { Db } from '../database/db.ts';
import type { EventForm } from '../ingest/incomingEvent.ts';

/** An event as it is stored and shown. */
export interface EventRow {
  readonly seq: number;
  readonly source: string;
  readonly event_id: string;
  readonly form: EventForm;
  readonly type: string;
  readonly subject: string | null;
  readonly hub: string | null;
  readonly stage: string | null;
  readonly run_id: string | null;
  readonly time: Date | null;
  readonly received_at: Date;
  readonly author: string | null;
  readonly summary: string | null;
  readonly body: Record<string, unknown>;
}

export const eventColumns =
  'seq, source, event_id, form, type, subject, hub, stage, run_id, time, received_at, author, summary, body';

/** Events after `seq`, oldest first. */
export function eventsAfter(db: Db, seq: number, limit: number): Promise<EventRow[]> {
  return db.query<EventRow>(`select ${eventColumns} from events where seq > $1 order by seq limit $2`, [seq, limit]);
}

export async function newestSeq(db: Db): Promise<number> {
  const [row] = await db.query<{ seq: number | null }>('select max(seq) as seq from events');
  return row?.seq ?? 0;
}
