import { type Actor, audit } from '../audit.ts';
import type { Db } from '../database/db.ts';
import { hubIdOf } from '../resources/store.ts';

export interface NewWebhook {
  readonly url: string;
  readonly hub: string | null;
  readonly types: readonly string[];
}

/** @returns undefined where there is no such hub */
export async function addWebhook(
  db: Db,
  { url, hub, types }: NewWebhook,
  actor: Actor,
): Promise<{ id: string } | undefined> {
  const hubId = hub === null ? null : await hubIdOf(db, hub);
  if (hubId === undefined) return undefined;
  const [made] = await db.query<{ id: string }>(
    'insert into webhooks (hub_id, url, types) values ($1, $2, $3) returning id',
    [hubId, url, types],
  );
  // A path may be a secret of the receiver's: the log, which is exported, has the host alone.
  await audit(db, actor, 'webhook.create', made?.id ?? '', { host: new URL(url).host, hub, types });
  return made;
}

/** Another secret, from now on; the one before signs too for a day. @returns undefined where there is no such webhook */
export async function changeSecret(db: Db, id: string, now: Date, actor: Actor): Promise<number | undefined> {
  const [changed] = await db.query<{ secret_number: number }>(
    `update webhooks set secret_number = secret_number + 1, secret_changed_at = $2 where id = $1 returning secret_number`,
    [id, now],
  );
  if (changed) await audit(db, actor, 'webhook.secret', id);
  return changed?.secret_number;
}

/** Queues a message of no event, for somebody who wants to see whether it arrives. @returns its id */
export async function queueTest(db: Db, id: string, now: Date, actor: Actor): Promise<string | undefined> {
  const [queued] = await db.query<{ id: string }>(
    `insert into webhook_deliveries (webhook_id, next_at) select id, $2 from webhooks where id = $1 and status = 'active'
     returning id`,
    [id, now],
  );
  if (queued) await audit(db, actor, 'webhook.test', id);
  return queued?.id;
}
