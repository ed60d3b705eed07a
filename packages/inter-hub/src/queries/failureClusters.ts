import type { Db } from '../database/db.ts';

export interface ClusterRow {
  readonly hub: string;
  readonly widget: string;
  readonly failures: number;
  readonly runs: number;
  readonly last_at: Date;
}

/** Where failures were annotated since `from`: by widget, most first. */
export function failureClusters(db: Db, hub: string | undefined, from: Date): Promise<ClusterRow[]> {
  return db.query<ClusterRow>(
    `select h.slug as hub, w.name as widget, count(*) as failures, count(distinct i.correlation_id) as runs,
            max(a.created_at) as last_at
     from annotations a join hubs h on h.id = a.hub_id join widgets w on w.id = a.widget_id
     left join interaction_events i on i.id = a.interaction_event_id
     where a.created_at >= $2 and a.kind <> 'note' and ($1::text is null or h.slug = $1)
     group by 1, 2 order by 3 desc, 5 desc limit 12`,
    [hub ?? null, from],
  );
}
