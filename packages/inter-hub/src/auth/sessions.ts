import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Db } from '../database/db.ts';
import type { Role } from './roles.ts';

export interface SessionUser {
  readonly id: string;
  readonly email: string;
  readonly name: string;
  readonly role: Role;
}

const idleMs = 12 * 3_600_000;
const absoluteMs = 7 * 86_400_000;
/** How often a session's last use is written: not with every request. */
const touchMs = 60_000;

export function hashToken(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}

export function newToken(): string {
  return randomBytes(32).toString('base64url');
}

/** @returns the token for the cookie; only its hash is kept */
export async function beginSession(
  db: Db,
  userId: string,
  { address, userAgent, now }: { address: string; userAgent: string; now: Date },
): Promise<string> {
  const token = newToken();
  await db.query(
    `insert into sessions (token_sha256, user_id, address, user_agent, created_at, seen_at, expires_at)
     values ($1, $2, $3, $4, $5, $5, $6)`,
    [hashToken(token), userId, address, userAgent.slice(0, 300), now, new Date(now.getTime() + absoluteMs)],
  );
  await db.query('delete from sessions where expires_at < $1', [now]);
  return token;
}

/**
 * The user of a session that is neither idle too long, nor too old, nor of a disabled user.
 * @param use what a page does by itself is no use of the session: one left open would else never be idle
 */
export async function sessionUser(
  db: Db,
  token: string,
  now: Date,
  use: 'by a person' | 'by itself' = 'by a person',
): Promise<SessionUser | undefined> {
  const hash = hashToken(token);
  const [row] = await db.query<SessionUser & { seen_at: Date }>(
    `select u.id, u.email, u.name, u.role, s.seen_at from sessions s join users u on u.id = s.user_id
     where s.token_sha256 = $1 and s.expires_at > $2 and s.seen_at > $3 and u.disabled_at is null`,
    [hash, now, new Date(now.getTime() - idleMs)],
  );
  if (!row) return undefined;
  if (use === 'by a person' && now.getTime() - row.seen_at.getTime() > touchMs) {
    await db.query('update sessions set seen_at = $2 where token_sha256 = $1', [hash, now]);
  }
  const { seen_at: _, ...user } = row;
  return user;
}

export async function endSession(db: Db, token: string): Promise<void> {
  await db.query('delete from sessions where token_sha256 = $1', [hashToken(token)]);
}

/** Token for the forms of one session: known to its pages, derivable by nobody else. */
export function csrfToken(secret: string, sessionToken: string): string {
  return createHmac('sha256', secret).update(`csrf ${sessionToken}`).digest('base64url');
}

export function isCsrfToken(secret: string, sessionToken: string, given: string | null): boolean {
  // Of their hashes: they are as long as each other, whatever was given.
  return timingSafeEqual(hashToken(given ?? ''), hashToken(csrfToken(secret, sessionToken)));
}
