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

/** One JSON text is written and read for less than thirteen arrays of texts are. */
async function insert(db: Db, rows: readonly Added[]): Promise<void> {
  await db.query(
    `insert into interaction_events (id, hub_id, widget_id, event_seq, kind, outcome, actor, summary, correlation_id,
       stage, duration_ms, data, occurred_at)
     select (row ->> 0)::uuid, (row ->> 1)::uuid, (row ->> 2)::uuid, (row ->> 3)::bigint, row ->> 4, row ->> 5, row ->> 6,
            row ->> 7, row ->> 8, row ->> 9, (row ->> 10)::bigint, row -> 11,
            timestamptz 'epoch' + (row ->> 12)::bigint * interval '1 millisecond'
     from jsonb_array_elements($1::jsonb) with ordinality as added (row, place)
     order by place`,
    [JSON.stringify(rows.map(columnsOf))],
  );
}

function columnsOf(row: Added): unknown[] {
  const { id, hubId, widgetId, eventSeq, kind, outcome, actor, summary, correlationId, stage, durationMs } = row;
  const names = [id, hubId, widgetId, eventSeq, kind, outcome, actor, summary, correlationId, stage, durationMs];
  return [...names, row.data, row.occurredAt.getTime()];
}
