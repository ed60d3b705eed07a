import type { Db } from '../database/db.ts';
import type { FilterValues } from '../ui/filters.ts';

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

/** `$1` is now: past its time an approval waits no more, whether or not that was written down yet. */
export const approvalColumns = `a.seq, a.id, h.slug as hub, a.stage, a.digest, a.tag, a.run_id, a.reason, a.requested_by,
  a.evidence, case when a.status = 'waiting' and a.expires_at <= $1 then 'expired' else a.status end as status,
  a.decided_by, a.decided_at, a.comment, a.expires_at, a.created_at`;

export interface ApprovalSelection {
  readonly filters: FilterValues;
  /** Only those that wait, or only those that do not. */
  readonly waiting?: boolean;
  readonly beforeSeq: number | null;
  readonly limit: number;
}

/** Approvals, newest first. */
export function approvalsList(
  db: Db,
  now: Date,
  { filters: { hub, stage, status }, waiting, beforeSeq, limit }: ApprovalSelection,
): Promise<ApprovalRow[]> {
  return db.query<ApprovalRow>(
    `select * from (select ${approvalColumns} from approvals a join hubs h on h.id = a.hub_id) rows
     where ($2::text is null or hub = $2) and ($3::text is null or stage = $3) and ($4::text is null or status = $4)
       and ($5::boolean is null or (status = 'waiting') = $5) and ($6::bigint is null or seq < $6)
     order by seq desc limit $7`,
    [now, hub ?? null, stage ?? null, status ?? null, waiting ?? null, beforeSeq, limit],
  );
}
