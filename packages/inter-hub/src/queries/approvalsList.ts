import type { Db } from '../database/db.ts';

export interface ApprovalRow {
  readonly seq: number;
  readonly id: string;
  readonly hub: string;
  readonly stage: string;
  readonly digest: string;
  readonly tag: string | null;
  readonly run_id: string | null;
  readonly reason: string | null;
  readonly requested_by: string;
  readonly evidence: Record<string, unknown>;
  readonly status: string;
  readonly decided_by: string | null;
  readonly decided_at: Date | null;
  readonly comment: string | null;
  readonly expires_at: Date;
  readonly created_at: Date;
}

export const approvalColumns = `a.seq, a.id, h.slug as hub, a.stage, a.digest, a.tag, a.run_id, a.reason, a.requested_by,
  a.evidence, case when a.status = 'waiting' and a.expires_at <= $1 then 'expired' else a.status end as status,
  a.decided_by, a.decided_at, a.comment, a.expires_at, a.created_at`;

/** Approvals, those that wait first, then the newest. */
export function approvalsList(
  db: Db,
  now: Date,
  { hub, waitingOnly, limit }: { hub: string | undefined; waitingOnly: boolean; limit: number },
): Promise<ApprovalRow[]> {
  return db.query<ApprovalRow>(
    `select ${approvalColumns} from approvals a join hubs h on h.id = a.hub_id
     where ($2::text is null or h.slug = $2) and (not $3 or (a.status = 'waiting' and a.expires_at > $1))
     order by (a.status = 'waiting' and a.expires_at > $1) desc, a.seq desc limit $4`,
    [now, hub ?? null, waitingOnly, limit],
  );
}
