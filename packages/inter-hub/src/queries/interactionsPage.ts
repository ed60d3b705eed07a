import type { Db } from '../database/db.ts';
import type { FilterValues } from '../ui/filters.ts';

export interface InteractionRow {
  readonly seq: number;
  readonly id: string;
  readonly hub: string;
  readonly widget: string;
  readonly widget_slug: string;
  readonly kind: string;
  readonly outcome: string | null;
  readonly actor: string | null;
  readonly summary: string;
  readonly correlation_id: string | null;
  readonly stage: string | null;
  readonly duration_ms: number | null;
  readonly occurred_at: Date;
  readonly created_at: Date;
}

/** Interactions before `beforeSeq`, newest first, by the filters of dashboard 1. */
export function interactionsPage(
  db: Db,
  filters: FilterValues,
  beforeSeq: number | null,
  limit: number,
): Promise<InteractionRow[]> {
  const values: unknown[] = [];
  const parameter = (value: unknown): string => `$${values.push(value)}`;
  const conditions: string[] = [];
  const { hub, outcome, widget, correlation } = filters;
  if (hub !== undefined) conditions.push(`i.hub_id = (select id from hubs where slug = ${parameter(hub)})`);
  if (outcome === 'failed') conditions.push(`i.outcome in ('failure', 'error')`);
  else if (outcome !== undefined) conditions.push(`i.outcome = ${parameter(outcome)}`);
  if (widget !== undefined)
    conditions.push(`i.widget_id in (select id from widgets where slug = ${parameter(widget)})`);
  if (correlation !== undefined) conditions.push(`i.correlation_id = ${parameter(correlation)}`);
  if (beforeSeq !== null) conditions.push(`i.seq < ${parameter(beforeSeq)}`);
  const where = conditions.length > 0 ? `where ${conditions.join(' and ')}` : '';
  return db.query<InteractionRow>(
    `select i.seq, i.id, h.slug as hub, w.name as widget, w.slug as widget_slug, i.kind, i.outcome, i.actor, i.summary,
            i.correlation_id, i.stage, i.duration_ms, i.occurred_at, i.created_at
     from (select * from interaction_events i ${where} order by i.seq desc limit ${parameter(limit)}) i
     join hubs h on h.id = i.hub_id join widgets w on w.id = i.widget_id
     order by i.seq desc`,
    values,
  );
}
