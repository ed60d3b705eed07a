import { type Actor, audit } from '../audit.ts';
import type { Db } from '../database/db.ts';
import { recordEvent } from '../ingest/recordEvent.ts';
import { ensureHub } from '../queries/ensureHub.ts';

export interface ApprovalRequest {
  readonly hub: string;
  readonly stage: string;
  readonly digest: string;
  readonly tag?: string | null | undefined;
  readonly run_id?: string | null | undefined;
  readonly reason?: string | null | undefined;
  readonly requested_by: string;
  readonly evidence?: Readonly<Record<string, unknown>> | undefined;
  readonly expiresAt: Date;
}

/** Asks for a yes to one digest on one stage. The same question still waiting is found, not asked twice. */
export async function requestApproval(
  db: Db,
  wanted: ApprovalRequest,
  now: Date,
): Promise<{ id: string; asked: boolean }> {
  const hubId = await ensureHub(db, wanted.hub);
  await expire(db, now);
  const [made] = await db.query<{ id: string }>(
    `insert into approvals (hub_id, stage, digest, tag, run_id, reason, requested_by, evidence, expires_at, created_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
     on conflict (hub_id, stage, digest) where status = 'waiting' do nothing returning id`,
    [
      hubId,
      wanted.stage,
      wanted.digest,
      wanted.tag ?? null,
      wanted.run_id ?? null,
      wanted.reason ?? null,
      wanted.requested_by,
      wanted.evidence ?? {},
      wanted.expiresAt,
      now,
    ],
  );
  if (!made) {
    const [waiting] = await db.query<{ id: string }>(
      `select id from approvals where hub_id = $1 and stage = $2 and digest = $3 and status = 'waiting'`,
      [hubId, wanted.stage, wanted.digest],
    );
    return { id: waiting?.id ?? '', asked: false };
  }
  const summary = `${wanted.requested_by} asks for ${wanted.hub} on ${wanted.stage}`;
  await recordEvent(db, told('requested', made.id, wanted, wanted.requested_by, summary), now);
  return { id: made.id, asked: true };
}

export type Verdict = 'approved' | 'rejected' | 'withdrawn';

/** A waiting approval, decided. A yes or no becomes a decision of the chain too. @returns false if none was waiting */
export async function decideApproval(
  db: Db,
  id: string,
  verdict: Verdict,
  actor: Actor,
  comment: string | null,
  now: Date,
): Promise<boolean> {
  const [row] = await db.query<ApprovalRequest & { hub_id: string }>(
    `update approvals a set status = $2, decided_by = $3, decided_at = $5, comment = $4
     from hubs h where h.id = a.hub_id and a.id = $1 and a.status = 'waiting' and a.expires_at > $5
     returning a.hub_id, h.slug as hub, a.stage, a.digest, a.tag, a.run_id, a.requested_by`,
    [id, verdict, actor.name, comment, now],
  );
  if (!row) return false;
  const summary = `${actor.name} ${verdict} ${row.hub} ${row.tag ?? ''} on ${row.stage}`.replace('  ', ' ');
  if (verdict !== 'withdrawn') {
    await db.query(
      `insert into decision_records (hub_id, approval_id, kind, title, rationale, status, stage, digest, decided_by, decided_at)
       values ($1, $2, 'approval', $3, $4, $5, $6, $7, $8, $9)`,
      [
        row.hub_id,
        id,
        summary,
        comment ?? '',
        verdict === 'approved' ? 'accepted' : 'rejected',
        row.stage,
        row.digest,
        actor.name,
        now,
      ],
    );
  }
  await audit(db, actor, `approval.${verdict}`, id, { hub: row.hub, stage: row.stage, digest: row.digest });
  await recordEvent(db, told(verdict, id, row, actor.name, summary), now);
  return true;
}

/** Approvals past their time wait no more; whoever follows one is told. */
export async function expire(db: Db, now: Date): Promise<void> {
  const rows = await db.query<ApprovalRequest & { id: string }>(
    `update approvals a set status = 'expired' from hubs h
     where h.id = a.hub_id and a.status = 'waiting' and a.expires_at <= $1
     returning a.id, h.slug as hub, a.stage, a.digest, a.tag, a.run_id, a.requested_by`,
    [now],
  );
  for (const row of rows) {
    const summary = `Nobody answered ${row.requested_by} in time: ${row.hub} on ${row.stage}`;
    await recordEvent(db, told('expired', row.id, row, 'inter-hub', summary), now);
  }
}

function told(
  what: string,
  id: string,
  { hub, stage, digest, tag, run_id }: Omit<ApprovalRequest, 'expiresAt'>,
  author: string,
  summary: string,
) {
  return {
    type: `inter-hub.approval.${what}`,
    subject: `approvals/${id}`,
    hub,
    stage,
    runid: run_id ?? undefined,
    author,
    summary,
    data: { approval: id, digest, tag: tag ?? null },
  };
}
