import type { Db } from '../database/db.ts';

const freeTries = 5;
const firstWaitMs = 2000;
const longestWaitMs = 15 * 60_000;
const forgottenMs = 24 * 3_600_000;

/**
 * Waiting after wrong passwords, for one account from one address, and for one address over all accounts. Never for an
 * account alone: else anyone could lock its owner out by trying.
 */
export function throttleScopes(email: string, address: string): { scope: string; freeTries: number }[] {
  return [
    { scope: `pair ${email.toLowerCase()} ${address}`, freeTries },
    { scope: `address ${address}`, freeTries: freeTries * 6 },
  ];
}

/** @returns how long this client must still wait, in milliseconds; 0 when it may try */
export async function waitMs(db: Db, email: string, address: string, now: Date): Promise<number> {
  const scopes = throttleScopes(email, address);
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

export async function failed(db: Db, email: string, address: string, now: Date): Promise<void> {
  for (const { scope } of throttleScopes(email, address)) {
    await db.query(
      `insert into login_failures as f (scope, failures, last_at) values ($1, 1, $2)
       on conflict (scope) do update set last_at = $2,
         failures = case when f.last_at < $3 then 1 else f.failures + 1 end`,
      [scope, now, new Date(now.getTime() - forgottenMs)],
    );
  }
}

/** After a good login the pair starts anew; the address does not, for others may share it. */
export async function succeeded(db: Db, email: string, address: string): Promise<void> {
  await db.query('delete from login_failures where scope = $1', [throttleScopes(email, address)[0]?.scope]);
}
