import type { Db } from '../database/db.ts';
import type { Workplan } from './parse.ts';

/** Puts a workplan as it stands in git in place of what the hub had. In a transaction of the caller's. */
export async function syncWorkplan(db: Db, plan: Workplan, markdown: string, path: string | null): Promise<string> {
  const [row] = await db.query<{ id: string }>(upsert, [
    plan.id,
    plan.type,
    plan.title,
    plan.domain,
    plan.repo,
    plan.status,
    plan.owner,
    plan.topic_slug,
    plan.created,
    plan.updated,
    plan.depends_on,
    plan.state_hub_workstream_id,
    path,
    markdown,
  ]);
  const id = row?.id ?? '';
  const keys = plan.tasks.map((task) => task.key);
  await db.query('delete from tasks where workplan_id = $1 and not key = any($2)', [id, keys]);
  await db.query(upsertTasks, [
    id,
    keys,
    plan.tasks.map((task) => task.title),
    plan.tasks.map((task) => task.status),
    plan.tasks.map((task) => task.priority),
    plan.tasks.map((task) => task.state_hub_task_id),
  ]);
  return id;
}

const upsert = `
  insert into workplans (key, type, title, domain, repo, status, owner, topic_slug, created_on, updated_on, depends_on,
                         state_hub_workstream_id, path, markdown)
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
  on conflict (key) do update set type = excluded.type, title = excluded.title, domain = excluded.domain,
    repo = excluded.repo, status = excluded.status, owner = excluded.owner, topic_slug = excluded.topic_slug,
    created_on = excluded.created_on, updated_on = excluded.updated_on, depends_on = excluded.depends_on,
    state_hub_workstream_id = excluded.state_hub_workstream_id, path = coalesce(excluded.path, workplans.path),
    markdown = excluded.markdown, synced_at = now()
  returning id`;

const upsertTasks = `
  insert into tasks (workplan_id, key, title, status, priority, state_hub_task_id, position)
  select $1, g.key, g.title, g.status, g.priority, g.task, g.position
  from unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::text[])
    with ordinality as g (key, title, status, priority, task, position)
  on conflict (workplan_id, key) do update set title = excluded.title, status = excluded.status,
    priority = excluded.priority, state_hub_task_id = excluded.state_hub_task_id, position = excluded.position`;
