import type { Db } from '../database/db.ts';

export interface BoardRow {
  readonly hub: string;
  readonly stage: string;
  readonly deployment_id: string;
  readonly digest: string | null;
  readonly tag: string | null;
  readonly release: number | null;
  readonly kind: string;
  readonly at: Date;
  readonly verdict: string | null;
  /** The release before it that was good: what a rollback would bring back. */
  readonly rollback_tag: string | null;
  readonly rollback_digest: string | null;
  /** How the newest run on this stage ended, where it is newer than the release. */
  readonly last_run: string | null;
  readonly waiting: string | null;
  /** What the gate of this stage said last. */
  readonly gate: string | null;
  readonly gate_id: string | null;
  readonly gate_at: Date | null;
}

/** What is live on every stage of every hub: the newest good deployment, what is said of it, and what waits. */
export function promotionBoard(db: Db, hub: string | undefined, now: Date): Promise<BoardRow[]> {
  return db.query<BoardRow>(
    `select h.slug as hub, s.stage, d.id as deployment_id, d.digest, d.tag, d.release, d.kind,
            coalesce(d.finished_at, d.created_at) as at, o.verdict, b.tag as rollback_tag, b.digest as rollback_digest,
            r.status as last_run, w.id as waiting, g.outcome as gate, g.id as gate_id, g.occurred_at as gate_at
     from (select hub_id, stage, max(seq) as seq from deployment_records where status = 'succeeded' group by 1, 2) s
     join deployment_records d on d.seq = s.seq
     join hubs h on h.id = s.hub_id and h.status = 'active'
     left join lateral (select verdict from outcome_signals o where o.deployment_id = d.id
                        order by (verdict = 'regressed') desc, observed_at desc limit 1) o on true
     left join lateral (select tag, digest from deployment_records p where p.hub_id = s.hub_id and p.stage = s.stage
                        and p.status = 'succeeded' and p.digest is distinct from d.digest and p.seq < d.seq
                        order by p.seq desc limit 1) b on true
     left join lateral (select status from runs r where r.hub_id = s.hub_id and r.stage = s.stage
                        order by r.seq desc limit 1) r on true
     left join lateral (select id from approvals a where a.hub_id = s.hub_id and a.stage = s.stage
                        and a.status = 'waiting' and a.expires_at > $2 limit 1) w on true
     left join lateral (select id, outcome, occurred_at from interaction_events g where g.hub_id = s.hub_id
                        and g.stage = s.stage and g.kind = 'check' and g.data ->> 'suite' = 'gate'
                        order by g.seq desc limit 1) g on true
     where $1::text is null or h.slug = $1
     order by h.slug, d.seq limit 400`,
    [hub ?? null, now],
  );
}
