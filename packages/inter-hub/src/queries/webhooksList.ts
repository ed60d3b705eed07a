import type { Db } from '../database/db.ts';

export interface WebhookRow {
  readonly id: string;
  readonly url: string;
  readonly hub: string | null;
  readonly types: readonly string[];
  readonly status: string;
  readonly paused_because: string | null;
  readonly waiting: number;
  readonly failed: number;
  readonly delivered_at: Date | null;
}

/** Webhooks, those that are paused first, with how their deliveries went. */
export function webhooksList(db: Db): Promise<WebhookRow[]> {
  return db.query<WebhookRow>(
    `select w.id, w.url, h.slug as hub, w.types, w.status, w.paused_because, d.waiting, d.failed, d.delivered_at
     from webhooks w left join hubs h on h.id = w.hub_id cross join lateral (
       select count(*) filter (where status = 'waiting') as waiting, count(*) filter (where status = 'failed') as failed,
              max(finished_at) filter (where status = 'delivered') as delivered_at
       from webhook_deliveries where webhook_id = w.id) d
     order by w.status = 'active', w.seq desc limit 100`,
  );
}
