import type { Db } from '../database/db.ts';

export interface WorkplanDetail {
  readonly id: string;
  readonly key: string;
  readonly title: string;
  readonly status: string;
  readonly type: string;
  readonly domain: string | null;
  readonly repo: string | null;
  readonly owner: string | null;
  readonly path: string | null;
  readonly created_on: string | null;
  readonly updated_on: string | null;
  readonly depends_on: readonly string[];
  readonly needed_by: readonly string[];
  /** Of those it depends on, the ones nobody has synced. */
  readonly unsynced: readonly string[];
  readonly state_hub_workstream_id: string | null;
  readonly markdown: string;
  readonly synced_at: Date;
  readonly tasks: readonly { key: string; title: string; status: string; priority: string | null }[];
}

export async function findWorkplan(db: Db, key: string): Promise<WorkplanDetail | undefined> {
  const [row] = await db.query<WorkplanDetail>(
    `select w.id, w.key, w.title, w.status, w.type, w.domain, w.repo, w.owner, w.path, w.created_on, w.updated_on, w.depends_on,
            coalesce((select array_agg(n.key order by n.key) from workplans n where w.key = any(n.depends_on)), '{}') as needed_by,
            array(select d.name from unnest(w.depends_on) d (name)
                  where not exists (select from workplans o where o.key = d.name)) as unsynced,
            w.state_hub_workstream_id, w.markdown, w.synced_at,
            coalesce((select json_agg(json_build_object('key', t.key, 'title', t.title, 'status', t.status, 'priority', t.priority)
                      order by t.position) from tasks t where t.workplan_id = w.id), '[]') as tasks
     from workplans w where w.key = $1`,
    [key],
  );
  return row;
}
