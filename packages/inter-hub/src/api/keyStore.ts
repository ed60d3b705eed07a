import type { Db } from '../database/db.ts';
import { hashKey, isWellFormed, makeKey, prefixOf } from './keys.ts';

export interface ApiKey {
  readonly id: string;
  readonly consumerId: string;
  readonly consumer: string;
  readonly scopes: readonly string[];
  readonly ratePerMinute: number;
  readonly dailyQuota: number;
  readonly expiresAt: Date | null;
  readonly revokedAt: Date | null;
}

const columns = `k.id, k.consumer_id as "consumerId", c.name as consumer, k.scopes, k.rate_per_minute as "ratePerMinute",
  k.daily_quota as "dailyQuota", k.expires_at as "expiresAt", k.revoked_at as "revokedAt"`;

export const keyChannel = 'hub_keys';
const mostCached = 10_000;

/** Finds keys by their hash, and remembers those found until any key changes anywhere (`keyChannel`). */
export interface KeyStore {
  find(key: string): Promise<ApiKey | undefined>;
  forget(): void;
  /** Calls back whenever a key may have changed: for streams, which ask once and go on. Returns how to stop. */
  onForget(callback: () => void): () => void;
}

/** @param given a key of another form, from the environment */
export function createKeyStore(db: Db, given?: string): KeyStore {
  const givenHash = given === undefined ? undefined : hashKey(given);
  const cache = new Map<string, ApiKey>();
  /** One question for all who ask at once: every stream of a key does, when keys have changed. */
  const asked = new Map<string, Promise<ApiKey | undefined>>();
  const callbacks = new Set<() => void>();
  const ask = async (hash: Buffer): Promise<ApiKey | undefined> => {
    const [found] = await db.query<ApiKey>(
      `select ${columns} from api_keys k join api_consumers c on c.id = k.consumer_id where k.sha256 = $1`,
      [hash],
    );
    return found;
  };
  return {
    find: async (key) => {
      const cached = cache.get(key);
      if (cached) return cached;
      const under = asked.get(key);
      if (under) return under;
      const hash = hashKey(key);
      if (!isWellFormed(key) && givenHash?.equals(hash) !== true) return undefined;
      const asking = ask(hash);
      asked.set(key, asking);
      try {
        const found = await asking;
        // Where keys have changed meanwhile this may be how it was before.
        if (found && asked.get(key) === asking && cache.size < mostCached) cache.set(key, found);
        return found;
      } finally {
        if (asked.get(key) === asking) asked.delete(key);
      }
    },
    forget: () => {
      cache.clear();
      asked.clear();
      for (const callback of callbacks) callback();
    },
    onForget: (callback) => {
      callbacks.add(callback);
      return () => callbacks.delete(callback);
    },
  };
}

export interface NewKey {
  readonly consumer: string;
  readonly scopes: readonly string[];
  readonly createdBy: string;
  readonly ratePerMinute?: number;
  readonly dailyQuota?: number;
  readonly expiresAt?: Date;
}

/** Makes a key for a consumer, which is made too where it does not exist. The key is in this answer and nowhere else. */
export async function issueKey(db: Db, wanted: NewKey): Promise<{ id: string; key: string; prefix: string }> {
  const key = makeKey();
  const [row] = await db.query<{ id: string }>(
    `with consumer as (
       insert into api_consumers (name) values ($1) on conflict (name) do update set status = 'active' returning id)
     insert into api_keys (consumer_id, prefix, sha256, scopes, created_by, rate_per_minute, daily_quota, expires_at)
     select id, $2, $3, $4, $5, coalesce($6::int, 6000), coalesce($7::int, 5000000), $8::timestamptz from consumer
     returning id`,
    [
      wanted.consumer,
      prefixOf(key),
      hashKey(key),
      wanted.scopes,
      wanted.createdBy,
      wanted.ratePerMinute,
      wanted.dailyQuota,
      wanted.expiresAt,
    ],
  );
  return { id: row?.id ?? '', key, prefix: prefixOf(key) };
}

/** @returns false where there is no such key that was still good */
export async function revokeKey(db: Db, id: string): Promise<boolean> {
  const rows = await db.query(
    `with gone as (update api_keys set revoked_at = now() where id = $1 and revoked_at is null returning id)
     select id, pg_notify('${keyChannel}', '') from gone`,
    [id],
  );
  return rows.length > 0;
}
