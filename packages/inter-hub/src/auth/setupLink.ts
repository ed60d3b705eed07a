import { audit } from '../audit.ts';
import type { Database, Db } from '../database/db.ts';
import { hashPassword } from './password.ts';
import type { Role } from './roles.ts';
import { hashToken, newToken } from './sessions.ts';

const validMs = 24 * 3_600_000;

export interface SetupLink {
  readonly email: string | null;
  readonly role: Role;
}

/** A link by which one person chooses a password, once. Older unused ones for the same address end. */
export async function makeSetupLink(db: Db, baseUrl: URL, wanted: SetupLink, now: Date): Promise<string> {
  const token = newToken();
  await endSetupLinks(db, wanted.email, now);
  await db.query(
    'insert into setup_links (token_sha256, email, role, created_at, expires_at) values ($1, $2, $3, $4, $5)',
    [hashToken(token), wanted.email, wanted.role, now, new Date(now.getTime() + validMs)],
  );
  return new URL(`/setup/${token}`, baseUrl).href;
}

/** @returns whether there was one that could still be used */
export async function endSetupLinks(db: Db, email: string | null, now: Date): Promise<boolean> {
  const ended = await db.query(
    'update setup_links set used_at = $2 where used_at is null and email is not distinct from $1 returning role',
    [email, now],
  );
  return ended.length > 0;
}

export async function findSetupLink(db: Db, token: string, now: Date): Promise<SetupLink | undefined> {
  const [row] = await db.query<SetupLink>(
    'select email, role from setup_links where token_sha256 = $1 and used_at is null and expires_at > $2',
    [hashToken(token), now],
  );
  return row;
}

export interface NewUser {
  readonly email: string;
  readonly name: string;
  readonly password: string;
  /** Where it was opened. */
  readonly address?: string;
}

/** Uses a link up: of two at once one wins. @returns the user's id, undefined where the link is no good any more */
export async function useSetupLink(
  database: Database,
  token: string,
  user: NewUser,
  now: Date,
): Promise<string | undefined> {
  const hash = await hashPassword(user.password);
  return database.transaction(async (db) => {
    const [link] = await db.query<SetupLink>(
      `update setup_links set used_at = $2 where token_sha256 = $1 and used_at is null and expires_at > $2
       returning email, role`,
      [hashToken(token), now],
    );
    if (!link) return undefined;
    const [row] = await db.query<{ id: string }>(
      `insert into users (email, name, role, password_hash) values ($1, $2, $3, $4)
       on conflict (lower(email)) do update set password_hash = excluded.password_hash, name = excluded.name,
         role = excluded.role, disabled_at = null returning id`,
      [link.email ?? user.email, user.name, link.role, hash],
    );
    // Whoever had the old password is signed out.
    await db.query('delete from sessions where user_id = $1', [row?.id]);
    const { address } = user;
    const actor = { kind: 'user', name: link.email ?? user.email, ...(address !== undefined && { address }) } as const;
    await audit(db, actor, 'user.setup', row?.id ?? null, { role: link.role });
    return row?.id;
  });
}

export async function hasAdmin(db: Db): Promise<boolean> {
  return (await db.query(`select 1 from users where role = 'admin' and disabled_at is null limit 1`)).length > 0;
}
