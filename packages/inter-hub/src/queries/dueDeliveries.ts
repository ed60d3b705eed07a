import type { Db } from '../database/db.ts';

/** A hub that is killed while it sends lets others try after this. */
const heldFor = '60 seconds';

export interface DueDelivery {
  readonly id: string;
  readonly webhook_id: string;
  readonly url: string;
  readonly secret_number: number;
  readonly secret_changed_at: Date | null;
  /** This one counted. */
  readonly attempts: number;
  readonly created_at: Date;
  /** Null for a test. */
  readonly event_seq: number | null;
}

/** Webhooks for which something is to be sent now, without those it is sent to already; any of them may come first. */
export async function dueWebhooks(db: Db, now: Date, sending: readonly string[], limit: number): Promise<string[]> {
  const rows = await db.query<{ id: string }>(
    `select w.id from webhooks w where w.status = 'active' and exists (
       select from webhook_deliveries d where d.webhook_id = w.id and d.status = 'waiting' and d.next_at <= $1)
       and w.id <> all ($2::uuid[])
     order by random() limit $3`,
    [now, sending, limit],
  );
  return rows.map(({ id }) => id);
}

/** Takes deliveries of one webhook for this hub to send. */
export function takeDeliveries(db: Db, webhookId: string, now: Date, limit: number): Promise<DueDelivery[]> {
  return db.query<DueDelivery>(
    `update webhook_deliveries d set attempts = attempts + 1, next_at = $2::timestamptz + interval '${heldFor}'
     from webhooks w
     where w.id = d.webhook_id and w.status = 'active' and d.id in (
       select id from webhook_deliveries where webhook_id = $1 and status = 'waiting' and next_at <= $2
       order by next_at, seq limit $3 for update skip locked)
     returning d.id, d.webhook_id, w.url, w.secret_number, w.secret_changed_at, d.attempts, d.created_at, d.event_seq`,
    [webhookId, now, limit],
  );
}
