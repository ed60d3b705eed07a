import type { Chain } from './chain.ts';

/** Events may come late or in the wrong order: whichever comes first makes the row, and an end is never undone. */
export interface StartedRun {
  readonly runId: string;
  readonly stage: string | null;
  readonly name: string;
  readonly author: string | null;
  readonly url: string | null;
  readonly at: Date;
}

export async function startRun({ db, hubId }: Chain, run: StartedRun): Promise<void> {
  await db.query(
    `insert into runs as r (run_id, hub_id, stage, name, status, author, url, started_at)
     values ($1, $2, $3, $4, 'running', $5, $6, $7)
     on conflict (run_id) do update set started_at = least(r.started_at, excluded.started_at),
       url = coalesce(r.url, excluded.url), author = coalesce(r.author, excluded.author)`,
    [run.runId, hubId, run.stage, run.name, run.author, run.url, run.at],
  );
}

export interface FinishedRun extends Omit<StartedRun, 'url'> {
  readonly status: 'succeeded' | 'failed' | 'errored' | 'rolled_back';
  readonly cause: string | null;
}

/** @returns how long it took, in milliseconds, where its start is known */
export async function finishRun({ db, hubId }: Chain, run: FinishedRun): Promise<number | null> {
  const [row] = await db.query<{ ms: number | null }>(
    `insert into runs as r (run_id, hub_id, stage, name, status, cause, author, finished_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8)
     on conflict (run_id) do update set status = excluded.status, cause = excluded.cause,
       finished_at = excluded.finished_at, stage = coalesce(r.stage, excluded.stage), name = excluded.name
     returning greatest(0, extract(epoch from finished_at - started_at) * 1000)::bigint as ms`,
    [run.runId, hubId, run.stage, run.name, run.status, run.cause, run.author, run.at],
  );
  return row?.ms ?? null;
}

export interface Step {
  readonly runId: string;
  readonly stepId: string;
  readonly name: string;
  readonly position: number;
  readonly status: 'running' | 'succeeded' | 'failed' | 'errored' | 'skipped';
  readonly detail: string | null;
  readonly at: Date;
}

/** @returns how long it took, in milliseconds, once both ends are known */
export async function recordStep({ db }: Chain, step: Step): Promise<number | null> {
  const running = step.status === 'running';
  const [row] = await db.query<{ ms: number | null }>(
    `insert into run_steps as s (run_id, step_id, name, position, status, detail, started_at, finished_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8)
     on conflict (run_id, step_id) do update set
       status = case when excluded.status = 'running' then s.status else excluded.status end,
       detail = coalesce(excluded.detail, s.detail), position = least(s.position, excluded.position),
       started_at = coalesce(least(s.started_at, excluded.started_at), s.started_at, excluded.started_at),
       finished_at = coalesce(excluded.finished_at, s.finished_at)
     returning greatest(0, extract(epoch from finished_at - started_at) * 1000)::bigint as ms`,
    [
      step.runId,
      step.stepId,
      step.name,
      step.position,
      step.status,
      step.detail,
      running ? step.at : null,
      running ? null : step.at,
    ],
  );
  return row?.ms ?? null;
}
