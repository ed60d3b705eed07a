import { audit } from '../audit.ts';
import type { Db } from '../database/db.ts';

export interface Attempt {
  readonly status: 'waiting' | 'delivered' | 'failed';
  /** When to try again; null where nothing more is done. */
  readonly nextAt: Date | null;
  /** HTTP status. */
  readonly answer: number | null;
  readonly error: string | null;
  readonly tookMs: number;
}

/** Writes down what became of an attempt. One that another hub has taken meanwhile and finished stays as it is. */
export async function endAttempt(db: Db, id: string, attempt: Attempt, now: Date): Promise<void> {
  const { status, nextAt, answer, error, tookMs } = attempt;
  await db.query(
    `update webhook_deliveries set status = $2, next_at = $3, answer = $4, error = $5, took_ms = $6,
       finished_at = case when $2 = 'waiting' then null else $7::timestamptz end
     where id = $1 and status = 'waiting'`,
    [id, status, nextAt, answer, error, tookMs, now],
  );
}

/** An attempt that was broken off by a stopping hub: the next hub makes it, and it does not count. */
export async function giveBack(db: Db, id: string, now: Date): Promise<void> {
  await db.query(
    `update webhook_deliveries set next_at = $2, attempts = attempts - 1 where id = $1 and status = 'waiting'`,
    [id, now],
  );
}

/** Nothing more is queued or sent until somebody resumes it. */
export async function pauseWebhook(db: Db, id: string, why: string): Promise<void> {
  const paused = await db.query(
    `update webhooks set status = 'paused', paused_because = $2 where id = $1 and status = 'active' returning id`,
    [id, why],
  );
  if (paused.length > 0) await audit(db, { kind: 'system', name: 'webhooks' }, 'webhook.pause', id, { why });
}

const keptFor = '30 days';

/** What was delivered or given up long ago is forgotten. */
export async function forgetDeliveries(db: Db, now: Date): Promise<void> {
  await db.query(
    `delete from webhook_deliveries where status <> 'waiting' and finished_at < $1::timestamptz - interval '${keptFor}'`,
    [now],
  );
}
