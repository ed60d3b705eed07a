import type { Db } from './database/db.ts';

export interface Actor {
  readonly kind: 'user' | 'key' | 'system';
  /** E-mail address, consumer's name, or the part of the hub. */
  readonly name: string;
  readonly address?: string;
}

/** Adds a line to the audit log; in the same transaction as what it tells of. */
export async function audit(
  db: Db,
  actor: Actor,
  action: string,
  target: string | null = null,
  detail: Readonly<Record<string, unknown>> = {},
): Promise<void> {
  await db.query(
    'insert into audit_log (actor, actor_kind, address, action, target, detail) values ($1, $2, $3, $4, $5, $6)',
    [actor.name, actor.kind, actor.address ?? null, action, target, detail],
  );
}
