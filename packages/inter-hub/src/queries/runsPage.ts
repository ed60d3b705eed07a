import type { Db } from '../database/db.ts';

export interface RunRow {
  readonly seq: number;
  readonly run_id: string;
  readonly hub: string;
  readonly stage: string | null;
  readonly name: string;
  readonly status: string;
  readonly cause: string | null;
  readonly author: string | null;
  readonly started_at: Date | null;
  readonly finished_at: Date | null;
  readonly steps: readonly { name: string; status: string; ms: number | null; detail: string | null }[];
}

/** Runs with their steps, newest first. */
export function runsPage(
  db: Db,
  {
    hub,
    stage,
    beforeSeq,
    limit,
  }: { hub: string | undefined; stage: string | undefined; beforeSeq: number | null; limit: number },
): Promise<RunRow[]> {
  return db.query<RunRow>(
    `select r.seq, r.run_id, h.slug as hub, r.stage, r.name, r.status, r.cause, r.author, r.started_at, r.finished_at,
            coalesce((select json_agg(json_build_object('name', s.name, 'status', s.status, 'detail', s.detail, 'ms',
                        (extract(epoch from s.finished_at - s.started_at) * 1000)::bigint) order by s.position)
                      from run_steps s where s.run_id = r.run_id), '[]') as steps
     from runs r join hubs h on h.id = r.hub_id
     where ($1::text is null or h.slug = $1) and ($2::text is null or r.stage = $2) and ($3::bigint is null or r.seq < $3)
     order by r.seq desc limit $4`,
    [hub ?? null, stage ?? null, beforeSeq, limit],
  );
}
