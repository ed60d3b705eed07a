import type { Db } from '../database/db.ts';

export interface WebhookDeliveryRow {
  readonly id: string;
  readonly url: string;
  readonly event_seq: number | null;
  readonly type: string | null;
  readonly status: string;
  readonly attempts: number;
  readonly answer: number | null;
  readonly error: string | null;
  readonly took_ms: number | null;
  readonly next_at: Date | null;
  readonly finished_at: Date | null;
  readonly created_at: Date;
}

/** The newest of each state, those that failed or wait to be tried again first. */
export function deliveriesList(db: Db, limit: number): Promise<WebhookDeliveryRow[]> {
  return db.query<WebhookDeliveryRow>(
    `select d.id, w.url, d.event_seq, e.type, d.status, d.attempts, d.answer, d.error, d.took_ms, d.next_at, d.finished_at,
            d.created_at
     from webhook_deliveries d join webhooks w on w.id = d.webhook_id left join events e on e.seq = d.event_seq
     order by d.status = 'failed' desc, (d.status = 'waiting' and d.attempts > 0) desc, d.seq desc limit $1`,
    [limit],
  );
}
