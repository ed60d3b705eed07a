import type { Db } from '../database/db.ts';

export interface AuditRow {
  readonly seq: number;
  readonly at: Date;
  readonly actor: string;
  readonly actor_kind: string;
  readonly address: string | null;
  readonly action: string;
  readonly target: string | null;
  readonly detail: Record<string, unknown>;
  /** E-mail address, where the target is a person. */
  readonly target_name: string | null;
}

export function auditPage(db: Db, beforeSeq: number | null, limit: number): Promise<AuditRow[]> {
  return db.query<AuditRow>(
    `select a.seq, a.at, a.actor, a.actor_kind, a.address, a.action, a.target, a.detail, u.email as target_name
     from audit_log a left join users u on u.id::text = a.target
     where $1::bigint is null or a.seq < $1 order by a.seq desc limit $2`,
    [beforeSeq, limit],
  );
}
