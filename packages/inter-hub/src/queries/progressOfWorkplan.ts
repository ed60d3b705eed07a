import type { Db } from '../database/db.ts';

export interface ProgressRow {
  readonly id: string;
  readonly summary: string;
  readonly kind: string;
  readonly actor: string | null;
  readonly at: Date;
}

/** Progress that names a workplan, its workstream or one of its tasks, newest first. */
export function progressOfWorkplan(db: Db, key: string, limit: number): Promise<ProgressRow[]> {
  return db.query<ProgressRow>(
    `select i.id, i.summary, i.kind, i.actor, i.occurred_at as at from interaction_events i
     where i.correlation_id in (
       select name from workplans w, lateral (
         select w.key as name union select w.state_hub_workstream_id
         union select t.state_hub_task_id from tasks t where t.workplan_id = w.id) names
       where w.key = $1 and name is not null)
     order by i.seq desc limit $2`,
    [key, limit],
  );
}
