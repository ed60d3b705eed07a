import type { Db } from '../database/db.ts';

export interface FoundRow {
  readonly kind: string;
  readonly title: string;
  readonly hub: string | null;
  readonly href: string;
  readonly at: Date;
}

/** Records whose names hold some text, by kind, newest first; `like` wildcards in it are plain characters. */
export function searchAll(db: Db, text: string): Promise<FoundRow[]> {
  const pattern = `%${text.replaceAll(/[\\%_]/g, '\\$&')}%`;
  return db.query<FoundRow>(
    `(select 'hub' as kind, name as title, slug as hub, '/releases?hub=' || slug as href, created_at as at
        from hubs where slug ilike $1 or name ilike $1 limit 10)
     union all
     (select 'workplan', key || ' ' || title, repo, '/workplans/' || key, created_at
        from workplans where key ilike $1 or title ilike $1 limit 10)
     union all
     (select 'release', concat_ws(' ', d.tag, 'on', d.stage), h.slug, '/lineage/deployment/' || d.id, d.created_at
        from deployment_records d join hubs h on h.id = d.hub_id
        where d.tag ilike $1 or d.digest ilike $1 or d.run_id ilike $1 order by d.seq desc limit 10)
     union all
     (select 'candidate', c.title, h.slug, '/triage/' || c.id, c.created_at
        from requirement_candidates c join hubs h on h.id = c.hub_id where c.title ilike $1 order by c.seq desc limit 10)
     union all
     (select 'decision', d.title, h.slug, '/lineage/decision/' || d.id, d.created_at
        from decision_records d join hubs h on h.id = d.hub_id where d.title ilike $1 order by d.seq desc limit 10)
     union all
     (select 'run', concat_ws(' ', r.name, r.cause), h.slug, '/interactions?correlation=' || r.run_id, r.started_at
        from runs r join hubs h on h.id = r.hub_id where r.run_id ilike $1 or r.cause ilike $1 order by r.seq desc limit 10)`,
    [pattern],
  );
}
