import type { Db } from '../database/db.ts';

export interface KeyRow {
  readonly id: string;
  readonly consumer: string;
  readonly prefix: string;
  readonly scopes: readonly string[];
  readonly rate_per_minute: number;
  readonly daily_quota: number;
  readonly created_by: string;
  readonly created_at: Date;
  readonly expires_at: Date | null;
  readonly revoked_at: Date | null;
  readonly last_used_at: Date | null;
}

/** Every key with its consumer, those in use first. */
export function keysOfConsumers(db: Db): Promise<KeyRow[]> {
  return db.query<KeyRow>(`
    select k.id, c.name as consumer, k.prefix, k.scopes, k.rate_per_minute, k.daily_quota, k.created_by, k.created_at,
           k.expires_at, k.revoked_at, k.last_used_at
    from api_keys k join api_consumers c on c.id = k.consumer_id
    order by k.revoked_at is not null, k.last_used_at desc nulls last, k.seq desc`);
}
