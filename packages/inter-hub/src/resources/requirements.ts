import * as z from 'zod';
import { defineResource, id, line, text } from './resource.ts';

const status = z.enum(['open', 'in_progress', 'satisfied', 'dropped']);

export const requirements = defineResource({
  name: 'requirements',
  singular: 'requirement',
  summary: 'What should hold from now on',
  table: 'requirements',
  hub: 'required',
  fields: { candidate_id: id.nullable(), title: line, body: text, owner: z.string().nullable(), status },
  create: { candidate_id: id.nullish(), title: line, body: text.optional(), owner: line.nullish() },
  update: { title: line.optional(), body: text.optional(), owner: line.nullish(), status: status.optional() },
  filters: ['status', 'candidate_id', 'owner'],
  references: { candidate_id: 'requirement_candidates' },
});
