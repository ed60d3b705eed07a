import * as z from 'zod';
import { defineResource, id, line, object, severity } from './resource.ts';

const shape = {
  widget_id: id.nullish(),
  interaction_event_id: id.nullish(),
  kind: line.optional(),
  severity: severity.optional(),
  body: z.string().min(1).max(20_000),
  stage: z.string().max(53).nullish(),
  evidence: object.optional(),
};

export const annotations = defineResource({
  name: 'annotations',
  singular: 'annotation',
  summary: 'What someone or something saw in an interaction; append-only',
  table: 'annotations',
  hub: 'required',
  fields: { ...shape, author: z.string(), fingerprint: z.string().nullable() },
  create: shape,
  authored: ['author'],
  filters: ['widget_id', 'interaction_event_id', 'kind', 'severity', 'author'],
  references: { widget_id: 'widgets', interaction_event_id: 'interaction_events' },
});
