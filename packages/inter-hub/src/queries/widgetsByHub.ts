import type { Db } from '../database/db.ts';

export interface WidgetCountRow {
  readonly hub: string;
  readonly kind: string;
  readonly widgets: number;
  readonly newest: string;
}

/** How many widgets of which kind each hub has. */
export function widgetsByHub(db: Db, hub: string | undefined): Promise<WidgetCountRow[]> {
  return db.query<WidgetCountRow>(
    `select h.slug as hub, w.kind, count(*) as widgets, (array_agg(w.name order by w.seq desc))[1] as newest
     from widgets w join hubs h on h.id = w.hub_id
     where w.status = 'active' and ($1::text is null or h.slug = $1)
     group by 1, 2 order by 1, 3 desc, 2 limit 60`,
    [hub ?? null],
  );
}
