import type { Db } from '../database/db.ts';

export interface InvitationRow {
  readonly email: string;
  readonly role: string;
  readonly expires_at: Date;
}

/** Set-up links that may still be used. */
export function invitationsList(db: Db, now: Date): Promise<InvitationRow[]> {
  return db.query<InvitationRow>(
    `select email, role, expires_at from setup_links
     where used_at is null and expires_at > $1 and email is not null order by expires_at desc`,
    [now],
  );
}
