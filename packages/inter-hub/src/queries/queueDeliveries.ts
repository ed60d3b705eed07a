import type { Db } from '../database/db.ts';
import { pauseWebhook } from './endAttempt.ts';

/** Far behind its events a webhook is of no use, and what waits for it would only grow. */
const mostWaiting = 10_000;

/**
 * Looks through the next `limit` events for the webhooks that want them. Once each, whichever hub does it: how far it
 * came is held while it does.
 * @returns how many events it looked at
 */
export async function queueDeliveries(db: Db, limit: number, now: Date): Promise<number> {
  const [place] = await db.query<{ seq: number }>(`select seq from projections where name = 'webhooks' for update`);
  const [looked] = await db.query<{ events: number; last: number | null; made: number }>(
    `with page as (select seq, type, hub, received_at from events where seq > $1 order by seq limit $2),
       made as (
         insert into webhook_deliveries (webhook_id, event_seq, next_at)
         select w.id, p.seq, $3 from page p join webhooks w on w.status = 'active' and p.received_at >= w.active_since
         where (w.hub_id is null or w.hub_id = (select id from hubs where slug = p.hub))
           and (w.types = '{}' or exists (
             select from unnest(w.types) wanted
             where p.type = wanted or (wanted like '%*' and starts_with(p.type, rtrim(wanted, '*')))))
         on conflict (webhook_id, event_seq) do nothing returning id)
     select (select count(*) from page) as events, (select max(seq) from page) as last, (select count(*) from made) as made`,
    [place?.seq ?? 0, limit, now],
  );
  if (!looked || looked.last === null) return 0;
  await db.query(`update projections set seq = $1, updated_at = now() where name = 'webhooks'`, [looked.last]);
  if (looked.made > 0) {
    const behind = await db.query<{ id: string }>(
      `select id from webhooks w where status = 'active' and (
         select count(*) from webhook_deliveries d where d.webhook_id = w.id and d.status = 'waiting') > $1`,
      [mostWaiting],
    );
    for (const { id } of behind) await pauseWebhook(db, id, `More than ${mostWaiting} deliveries waited for it.`);
  }
  return looked.events;
}

export async function isWebhookActive(db: Db): Promise<boolean> {
  return (await db.query(`select 1 from webhooks where status = 'active' limit 1`)).length > 0;
}

/** Where no webhook is active nothing has to be looked through: on to the newest event. */
export async function skipEvents(db: Db): Promise<void> {
  await db.query(
    `update projections set seq = newest, updated_at = now() from (select max(seq) as newest from events) e
     where name = 'webhooks' and seq < newest and not exists (select from webhooks where status = 'active')`,
  );
}
