import type { Db } from '../database/db.ts';

export interface WorkplanRow {
  readonly key: string;
  readonly title: string;
  readonly status: string;
  readonly repo: string | null;
  readonly owner: string | null;
  readonly updated_on: string | null;
  readonly depends_on: readonly string[];
  readonly synced_at: Date;
  readonly tasks: number;
  readonly done: number;
  readonly blocked: number;
  /** Open plans it waits for. */
  readonly waits_for: readonly string[];
  readonly stale: boolean;
}

const closed = `('done', 'finished', 'completed', 'archived', 'cancelled')`;

/** Workplans: blocked first, then stale, then open, then the rest. */
export function workplansList(db: Db, now: Date, repo: string | undefined): Promise<WorkplanRow[]> {
  return db.query<WorkplanRow>(
    `select w.key, w.title, w.status, w.repo, w.owner, w.updated_on, w.depends_on, w.synced_at, w.tasks, w.done, w.blocked,
            w.waits_for, w.stale
     from (
       select w.*, count(t.id) as tasks,
              count(t.id) filter (where t.status in ('done', 'finished', 'completed', 'cancel', 'cancelled')) as done,
              count(t.id) filter (where t.status in ('blocked', 'wait')) as blocked,
              coalesce((select array_agg(d.key) from workplans d where d.key = any(w.depends_on) and d.status not in ${closed}), '{}') as waits_for,
              (w.status not in ${closed} and w.updated_on ~ '^\\d{4}-\\d\\d-\\d\\d' and left(w.updated_on, 10) < to_char($1::timestamptz - interval '30 days', 'YYYY-MM-DD')) as stale
       from workplans w left join tasks t on t.workplan_id = w.id group by w.id) w
     where $2::text is null or w.repo = $2
     order by w.status in ${closed}, (w.status = 'blocked' or cardinality(w.waits_for) > 0) desc, w.stale desc nulls last,
              w.updated_on desc nulls last, w.key limit 300`,
    [now, repo ?? null],
  );
}
