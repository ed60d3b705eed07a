import { createHash } from 'node:crypto';
import * as z from 'zod';
import type { Database, Db } from '../database/db.ts';
import { check } from './mount.ts';
import { Problem } from './problem.ts';

export interface Answer {
  readonly status: 200 | 201;
  readonly body: unknown;
}

/**
 * Does something once for each Idempotency-Key of a consumer: the answer is kept in the same transaction, and given
 * again to whoever asks again. Without a key it is simply done.
 * @throws Problem 409 for the same key with another request
 */
export function once(
  database: Database,
  consumerId: string,
  key: string | undefined,
  request: unknown,
  work: (db: Db) => Promise<Answer>,
): Promise<Answer & { readonly repeated: boolean }> {
  if (key !== undefined) check(z.string().min(1).max(255), key, 'header.Idempotency-Key');
  return database.transaction(async (db) => {
    if (key === undefined) return { ...(await work(db)), repeated: false };
    const sha256 = createHash('sha256').update(canonicalJson(request)).digest();
    // The second of two at once waits here for the first one's commit, and then finds its answer.
    const claimed = await db.query(
      `insert into idempotency_keys (consumer_id, key, request_sha256, status, body) values ($1, $2, $3, 0, '{}')
       on conflict do nothing returning key`,
      [consumerId, key, sha256],
    );
    if (claimed.length === 0) return kept(db, consumerId, key, sha256);
    const answer = await work(db);
    await db.query('update idempotency_keys set status = $3, body = $4 where consumer_id = $1 and key = $2', [
      consumerId,
      key,
      answer.status,
      JSON.stringify(answer.body),
    ]);
    return { ...answer, repeated: false };
  });
}

async function kept(db: Db, consumerId: string, key: string, sha256: Buffer): Promise<Answer & { repeated: true }> {
  const [row] = await db.query<{ request_sha256: Buffer; status: 200 | 201; body: unknown }>(
    'select request_sha256, status, body from idempotency_keys where consumer_id = $1 and key = $2',
    [consumerId, key],
  );
  if (!row?.request_sha256.equals(sha256)) {
    throw new Problem(
      409,
      'idempotency_conflict',
      'This Idempotency-Key came with another request before.',
      'Use a new key.',
    );
  }
  return { status: row.status, body: row.body, repeated: true };
}

/** JSON with the members of every object in order, so that equal values have equal text. */
function canonicalJson(value: unknown): string {
  return JSON.stringify(ordered(value));
}

function ordered(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || value instanceof Date) return value;
  if (Array.isArray(value)) return value.map(ordered);
  const members: [string, unknown][] = [];
  for (const name of Object.keys(value).sort()) members.push([name, ordered((value as Record<string, unknown>)[name])]);
  return Object.fromEntries(members);
}
