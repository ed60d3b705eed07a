import type { Db } from '../database/db.ts';

export interface OpenRunRow {
  readonly hub: string;
  readonly stage: string | null;
  readonly run_id: string;
  readonly name: string;
  readonly author: string | null;
  readonly started_at: Date | null;
  readonly step: string | null;
}

/** Runs that began and have not ended: each holds the lease of its app and stage. The oldest first. */
export function openRuns(db: Db, hub: string | undefined): Promise<OpenRunRow[]> {
  return db.query<OpenRunRow>(
    `select h.slug as hub, r.stage, r.run_id, r.name, r.author, r.started_at,
            (select s.name from run_steps s where s.run_id = r.run_id and s.status = 'running' order by s.position desc limit 1) as step
     from runs r join hubs h on h.id = r.hub_id
     where r.status = 'running' and ($1::text is null or h.slug = $1) order by r.started_at limit 50`,
    [hub ?? null],
  );
}
