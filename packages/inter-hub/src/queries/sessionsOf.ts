import type { Db } from '../database/db.ts';

export interface SessionRow {
  /** Hash of its token, as hex. */
  readonly id: string;
  readonly address: string | null;
  readonly user_agent: string | null;
  readonly created_at: Date;
  readonly seen_at: Date;
}

/** Where somebody is signed in, the last used first. */
export function sessionsOf(db: Db, userId: string, now: Date): Promise<SessionRow[]> {
  return db.query<SessionRow>(
    `select encode(token_sha256, 'hex') as id, address, user_agent, created_at, seen_at from sessions
     where user_id = $1 and expires_at > $2 order by seen_at desc limit 50`,
    [userId, now],
  );
}
