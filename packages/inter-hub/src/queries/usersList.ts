import type { Role } from '../auth/roles.ts';
import type { Db } from '../database/db.ts';

export interface UserRow {
  readonly id: string;
  readonly email: string;
  readonly name: string;
  readonly role: Role;
  readonly disabled_at: Date | null;
  readonly seen_at: Date | null;
}

export function usersList(db: Db): Promise<UserRow[]> {
  return db.query<UserRow>(
    `select u.id, u.email, u.name, u.role, u.disabled_at, max(s.seen_at) as seen_at
     from users u left join sessions s on s.user_id = u.id group by u.id order by u.disabled_at is not null, lower(u.email)`,
  );
}
