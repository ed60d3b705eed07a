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
}

export function auditPage(db: Db, beforeSeq: number | null, limit: number): Promise<AuditRow[]> {
  return db.query<AuditRow>(
    `select seq, at, actor, actor_kind, address, action, target, detail from audit_log
     where $1::bigint is null or seq < $1 order by seq desc limit $2`,
    [beforeSeq, limit],
  );
}
