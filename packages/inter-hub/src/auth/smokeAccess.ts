import { keyChannel } from '../api/keyStore.ts';
import { hashKey, prefixOf } from '../api/keys.ts';
import type { Database, Db } from '../database/db.ts';
import { hashPassword, verifyPassword } from './password.ts';

const name = 'smoke-test';

/** The account that a deployment's smoke test signs in as; no mail reaches it. */
export const smokeTestEmail = `${name}@inter-hub.invalid`;

/**
 * Lets the smoke test of a deployment in, by one secret: an API key that reads, and the password of a viewer. Another
 * secret takes the place of the one before; without a secret the door is shut.
 */
export async function admitSmokeTest(database: Database, secret: string | undefined): Promise<void> {
  if (secret === undefined) {
    await database.query('update users set disabled_at = now() where email = $1 and disabled_at is null', [
      smokeTestEmail,
    ]);
    return keepOnly(database, Buffer.alloc(0));
  }
  const password = await passwordHash(database, secret);
  await database.transaction(async (db) => {
    await db.query(
      `insert into users (email, name, role, password_hash) values ($1, 'Smoke test', 'viewer', $2)
       on conflict (lower(email)) do update
         set password_hash = excluded.password_hash, role = excluded.role, disabled_at = null`,
      [smokeTestEmail, password],
    );
    await db.query(
      `with consumer as (
         insert into api_consumers (name, description) values ($1, 'Asks after every deploy whether the hub answers')
         on conflict (name) do update set status = 'active' returning id)
       insert into api_keys (consumer_id, prefix, sha256, scopes, created_by)
         select id, $2, $3, '{framework:read}', 'HUB_SMOKE_KEY' from consumer
       on conflict (sha256) do update set revoked_at = null`,
      [name, prefixOf(secret), hashKey(secret)],
    );
    await keepOnly(db, hashKey(secret));
  });
}

/** The hash that is there where it fits: two hubs that start side by side write nothing then. */
async function passwordHash(db: Db, secret: string): Promise<string> {
  const [kept] = await db.query<{ password_hash: string }>(
    'select password_hash from users where email = $1 and disabled_at is null',
    [smokeTestEmail],
  );
  return kept && (await verifyPassword(secret, kept.password_hash)) ? kept.password_hash : hashPassword(secret);
}

async function keepOnly(db: Db, sha256: Buffer): Promise<void> {
  await db.query(
    `update api_keys k set revoked_at = now() from api_consumers c
      where c.id = k.consumer_id and c.name = $1 and k.sha256 <> $2 and k.revoked_at is null`,
    [name, sha256],
  );
  await db.query('select pg_notify($1, $2)', [keyChannel, '']);
}
