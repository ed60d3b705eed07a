import type { Db } from '../database/db.ts';

/** One that was given up begins anew. @returns false where there is none such */
export async function retryDelivery(db: Db, id: string, now: Date): Promise<boolean> {
  const rows = await db.query(
    `update webhook_deliveries set status = 'waiting', attempts = 0, next_at = $2, finished_at = null
     where id = $1 and status = 'failed' and event_seq is not null returning id`,
    [id, now],
  );
  return rows.length > 0;
}
