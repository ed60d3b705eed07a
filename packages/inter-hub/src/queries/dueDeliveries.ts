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

/** When the first of what waits for a webhook is to be sent. */
export interface WaitingWebhook {
  readonly id: string;
  readonly next_at: Date;
}

/** Active webhooks for which something waits, without those it is sent to already; any of them may come first. */
export function waitingWebhooks(db: Db, sending: readonly string[]): Promise<WaitingWebhook[]> {
  return db.query<WaitingWebhook>(
    `select w.id, d.next_at from webhooks w cross join lateral (
       select next_at from webhook_deliveries where webhook_id = w.id and status = 'waiting' order by next_at limit 1) d
     where w.status = 'active' and w.id <> all ($1::uuid[]) order by random()`,
    [sending],
  );
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
