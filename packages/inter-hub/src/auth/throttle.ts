import type { Database, Db } from '../database/db.ts';
import { networkOf } from '../http/clientAddress.ts';

const freeTries = 5;
const firstWaitMs = 2000;
const longestWaitMs = 15 * 60_000;
const forgottenMs = 24 * 3_600_000;

/**
 * Waiting after wrong passwords, for one account from one address, and for one address over all accounts. Never for an
 * account alone: else anyone could lock its owner out by trying.
 */
function throttleScopes(email: string, address: string): { scope: string; freeTries: number }[] {
  const network = networkOf(address);
  return [
    { scope: `pair ${email.toLowerCase()} ${network}`, freeTries },
    { scope: `address ${network}`, freeTries: freeTries * 6 },
  ];
}

/**
 * Takes a try, before the password is looked at: of many at once each counts, and only those that are left look.
 * @returns how long this client must still wait, in milliseconds; 0 when it may try now
 */
export async function takeTry(database: Database, email: string, address: string, now: Date): Promise<number> {
  const scopes = throttleScopes(email, address);
  try {
    await database.transaction(async (db) => {
      const taken = await db.query(takeAll, [
        scopes.map(({ scope }) => scope),
        scopes.map((known) => known.freeTries),
        now,
        new Date(now.getTime() - forgottenMs),
      ]);
      if (taken.length < scopes.length) throw new MustWait();
    });
    return 0;
  } catch (error) {
    if (!(error instanceof MustWait)) throw error;
    return Math.max(1, await waitMs(database, scopes, now));
  }
}

/** Undoes what was taken: a try that one scope refuses is none in the other either. */
class MustWait extends Error {}

// In one order, so that two clients cannot wait for each other's rows.
const takeAll = `
  insert into login_failures as f (scope, failures, last_at)
  select scope, 1, $3::timestamptz from unnest($1::text[]) as t (scope) order by scope
  on conflict (scope) do update
    set last_at = $3, failures = case when f.last_at < $4 then 1 else f.failures + 1 end
    where f.failures < (select free from unnest($1::text[], $2::int[]) as t (scope, free) where t.scope = f.scope)
      or f.last_at + interval '1 millisecond' * least(${longestWaitMs}, ${firstWaitMs} * power(2, least(20, f.failures -
           (select free from unnest($1::text[], $2::int[]) as t (scope, free) where t.scope = f.scope)))) <= $3
  returning scope`;

async function waitMs(db: Db, scopes: ReturnType<typeof throttleScopes>, now: Date): Promise<number> {
  const rows = await db.query<{ scope: string; failures: number; last_at: Date }>(
    'select scope, failures, last_at from login_failures where scope = any($1) and last_at > $2',
    [scopes.map(({ scope }) => scope), new Date(now.getTime() - forgottenMs)],
  );
  const waits = rows.map(({ scope, failures, last_at }) => {
    const free = scopes.find((known) => known.scope === scope)?.freeTries ?? freeTries;
    if (failures < free) return 0;
    const wait = Math.min(longestWaitMs, firstWaitMs * 2 ** Math.min(20, failures - free));
    return last_at.getTime() + wait - now.getTime();
  });
  return Math.max(0, ...waits);
}

/** After a good login the pair starts anew; the address only gets its try back, for others may share it. */
export async function succeeded(db: Db, email: string, address: string): Promise<void> {
  const [pair, shared] = throttleScopes(email, address).map(({ scope }) => scope);
  await db.query('delete from login_failures where scope = $1', [pair]);
  await db.query('update login_failures set failures = failures - 1 where scope = $1 and failures > 0', [shared]);
}
