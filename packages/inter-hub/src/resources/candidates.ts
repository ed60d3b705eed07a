import * as z from 'zod';
import { defineResource, line, severity, text } from './resource.ts';

const shape = { title: line, body: text.optional(), severity: severity.optional() };

export const candidates = defineResource({
  name: 'requirement-candidates',
  singular: 'requirement-candidate',
  summary: 'What keeps coming back and may become a requirement',
  table: 'requirement_candidates',
  hub: 'required',
  fields: {
    ...shape,
    fingerprint: z.string().nullable(),
    occurrences: z.int(),
    weight: z.int(),
    status: z.enum(['open', 'accepted', 'merged', 'routed', 'rejected']),
    resolution: z.string().nullable(),
    resolved_by: z.string().nullable(),
    resolved_at: z.date().nullable(),
    last_seen_at: z.date(),
  },
  create: shape,
  update: { title: line.optional(), body: text.optional(), severity: severity.optional() },
  filters: ['status', 'severity'],
});
