import * as z from 'zod';
import { defineResource, id, line, text } from './resource.ts';

const shape = {
  outcome_id: id.nullish(),
  title: line,
  body: text.optional(),
  cause: z.string().max(2000).nullish(),
  tags: z.array(line).max(30).optional(),
};

export const learnings = defineResource({
  name: 'learnings',
  singular: 'learning',
  summary: 'What to keep from an outcome; append-only',
  table: 'learnings',
  hub: 'required',
  fields: { ...shape, author: z.string() },
  create: shape,
  authored: ['author'],
  filters: ['outcome_id', 'author'],
  references: { outcome_id: 'outcome_signals' },
});
