import * as z from 'zod';
import { defineResource, id, line, text } from './resource.ts';

const shape = { agent_id: id, kind: line, title: line, body: text.optional(), model: line.nullish() };

export const proposals = defineResource({
  name: 'proposals',
  singular: 'proposal',
  summary: 'What an agent proposes; a person gives the verdict',
  table: 'proposals',
  hub: 'optional',
  fields: {
    ...shape,
    status: z.enum(['proposed', 'accepted', 'rejected']),
    verdict_by: z.string().nullable(),
    verdict_at: z.date().nullable(),
  },
  create: shape,
  filters: ['agent_id', 'status', 'kind'],
});
