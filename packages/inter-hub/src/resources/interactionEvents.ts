import * as z from 'zod';
import { defineResource, id, line, moment, object } from './resource.ts';

const shape = {
  widget_id: id,
  kind: line,
  outcome: z.string().max(50).nullish(),
  actor: line.nullish(),
  summary: z.string().min(1).max(2000),
  correlation_id: z.string().max(255).nullish(),
  stage: z.string().max(53).nullish(),
  duration_ms: z.int().min(0).max(Number.MAX_SAFE_INTEGER).nullish(),
  data: object.optional(),
};

export const interactionEvents = defineResource({
  name: 'interaction-events',
  singular: 'interaction-event',
  summary: 'What happened to a widget; append-only',
  table: 'interaction_events',
  hub: 'required',
  fields: { ...shape, event_seq: z.int().nullable(), occurred_at: z.date() },
  create: { ...shape, occurred_at: moment },
  filters: ['widget_id', 'kind', 'outcome', 'correlation_id', 'stage', 'actor'],
  references: { widget_id: 'widgets' },
});
