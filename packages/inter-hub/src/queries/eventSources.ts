import type { Db } from '../database/db.ts';

export interface SourceRow {
  readonly source: string;
  readonly consumer: string | null;
  readonly version: string | null;
  readonly form: string;
  readonly events: number;
  readonly rejects: number;
  readonly last_at: Date;
}

/** Who reported in since `from`, by source and form, and how many of their events no mapping could read. */
export function eventSources(db: Db, from: Date): Promise<SourceRow[]> {
  return db.query<SourceRow>(
    `with recent as (
       select * from (select e.seq, e.source, e.form, e.consumer_id, e.received_at from events e
                      order by e.seq desc limit 20000) newest
       where received_at >= $1)
     select r.source, c.name as consumer, c.version, r.form, count(*) as events, count(p.event_seq) as rejects,
            max(r.received_at) as last_at
     from recent r left join api_consumers c on c.id = r.consumer_id left join projection_errors p on p.event_seq = r.seq
     group by 1, 2, 3, 4 order by 6 desc, 7 desc limit 200`,
    [from],
  );
}
