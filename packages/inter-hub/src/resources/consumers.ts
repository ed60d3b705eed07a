import * as z from 'zod';
import { defineResource, line, text } from './resource.ts';

const shape = { name: line, kind: line.optional(), description: text.nullish(), version: line.nullish() };

export const consumers = defineResource({
  name: 'api-consumers',
  singular: 'api-consumer',
  summary: 'Programs that use this API',
  table: 'api_consumers',
  hub: 'none',
  adminOnly: true,
  fields: { ...shape, status: z.string(), last_seen_at: z.date().nullable() },
  create: shape,
  update: { kind: line.optional(), description: text.nullish(), status: z.enum(['active', 'retired']).optional() },
  filters: ['kind', 'status'],
});
