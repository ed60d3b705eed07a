import { randomUUID } from 'node:crypto';
import type { Db } from '../database/db.ts';

export interface Interaction {
  readonly kind: string;
  readonly outcome: string | null;
  readonly actor: string | null;
  readonly summary: string;
  readonly correlationId: string | null;
  readonly stage: string | null;
  readonly durationMs: number | null;
  readonly occurredAt: Date;
  readonly eventSeq: number;
  readonly data: Readonly<Record<string, unknown>>;
}

interface Added extends Interaction {
  readonly id: string;
  readonly hubId: string;
  readonly widgetId: string;
}

/** Interactions wait until anything else is asked of the database: then all go in by one statement, in order. */
export interface GatheredInteractions {
  /** Asks the same database, after what waits is written. */
  readonly db: Db;
  /** @returns the id it will have */
  add(hubId: string, widgetId: string, interaction: Interaction): string;
  flush(): Promise<void>;
}

export function gatherInteractions(db: Db): GatheredInteractions {
  let waiting: Added[] = [];
  const flush = async (): Promise<void> => {
    if (waiting.length === 0) return;
    const rows = waiting;
    waiting = [];
    await insert(db, rows);
  };
  return {
    db: {
      query: async (text, values) => {
        await flush();
        return db.query(text, values);
      },
    },
    add: (hubId, widgetId, interaction) => {
      const id = randomUUID();
      waiting.push({ ...interaction, id, hubId, widgetId });
      return id;
    },
    flush,
  };
}

async function insert(db: Db, rows: readonly Added[]): Promise<void> {
  const column = (value: (row: Added) => unknown) => rows.map(value);
  await db.query(
    `insert into interaction_events (id, hub_id, widget_id, event_seq, kind, outcome, actor, summary, correlation_id,
       stage, duration_ms, data, occurred_at)
     select id, hub_id, widget_id, event_seq, kind, outcome, actor, summary, correlation_id, stage, duration_ms,
            data::jsonb, occurred_at
     from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::bigint[], $5::text[], $6::text[], $7::text[], $8::text[],
       $9::text[], $10::text[], $11::bigint[], $12::text[], $13::timestamptz[]) with ordinality as added (id, hub_id,
       widget_id, event_seq, kind, outcome, actor, summary, correlation_id, stage, duration_ms, data, occurred_at, place)
     order by place`,
    [
      column((row) => row.id),
      column((row) => row.hubId),
      column((row) => row.widgetId),
      column((row) => row.eventSeq),
      column((row) => row.kind),
      column((row) => row.outcome),
      column((row) => row.actor),
      column((row) => row.summary),
      column((row) => row.correlationId),
      column((row) => row.stage),
      column((row) => row.durationMs),
      column((row) => JSON.stringify(row.data)),
      column((row) => row.occurredAt),
    ],
  );
}
