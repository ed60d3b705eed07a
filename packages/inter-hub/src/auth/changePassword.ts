import { type Actor, audit } from '../audit.ts';
import type { Database } from '../database/db.ts';
import { hashPassword, verifyPassword } from './password.ts';
import { succeeded, takeTry } from './throttle.ts';

export interface PasswordChange {
  readonly userId: string;
  readonly current: string;
  readonly wanted: string;
}

/**
 * Another password for somebody who knows the one before; every session of theirs ends, for whoever else has it.
 * A guess here counts as one at the login.
 * @returns how long to wait, in milliseconds, where there were too many tries
 */
export async function changePassword(
  database: Database,
  { userId, current, wanted }: PasswordChange,
  actor: Actor,
  now: Date,
): Promise<'changed' | 'wrong' | number> {
  const address = actor.address ?? '';
  const wait = await takeTry(database, actor.name, address, now);
  if (wait > 0) return wait;
  const [user] = await database.query<{ password_hash: string | null }>(
    'select password_hash from users where id = $1',
    [userId],
  );
  if (!(await verifyPassword(current, user?.password_hash ?? null))) return 'wrong';
  const hash = await hashPassword(wanted);
  await database.transaction(async (db) => {
    await db.query('update users set password_hash = $2 where id = $1', [userId, hash]);
    await db.query('delete from sessions where user_id = $1', [userId]);
    await audit(db, actor, 'user.password', userId);
  });
  await succeeded(database, actor.name, address);
  return 'changed';
}
