import type { Db } from '../database/db.ts';
import type { InteractionRow } from './interactionsPage.ts';

export type InteractionDetail = InteractionRow & {
  readonly data: Record<string, unknown>;
  /** The event behind it; null for one added through the API. */
  readonly event: Record<string, unknown> | null;
};

export async function findInteraction(db: Db, id: string): Promise<InteractionDetail | undefined> {
  const [row] = await db.query<InteractionDetail>(
    `select i.seq, i.id, h.slug as hub, w.name as widget, w.slug as widget_slug, i.kind, i.outcome, i.actor, i.summary,
            i.correlation_id, i.stage, i.duration_ms, i.occurred_at, i.created_at, i.data, e.body as event
     from interaction_events i join hubs h on h.id = i.hub_id join widgets w on w.id = i.widget_id
     left join events e on e.seq = i.event_seq where i.id = $1`,
    [id],
  );
  return row;
}
