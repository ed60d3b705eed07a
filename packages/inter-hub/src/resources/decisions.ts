import * as z from 'zod';
import { defineResource, id, line, sha256Digest, slug, text } from './resource.ts';

const status = z.enum(['pending', 'accepted', 'rejected', 'superseded']);
const shape = {
  requirement_id: id.nullish(),
  kind: z.enum(['decision', 'exception']).optional(),
  title: line,
  rationale: text.optional(),
  stage: slug.nullish(),
  digest: sha256Digest.nullish(),
};

export const decisions = defineResource({
  name: 'decision-records',
  singular: 'decision-record',
  summary: 'Who decided what, and why; once decided it can only be superseded',
  table: 'decision_records',
  hub: 'required',
  fields: {
    ...shape,
    kind: z.enum(['decision', 'approval', 'exception']),
    approval_id: id.nullable(),
    status,
    decided_by: z.string().nullable(),
    decided_at: z.date().nullable(),
  },
  create: shape,
  update: { title: line.optional(), rationale: text.optional(), status: z.literal('superseded').optional() },
  filters: ['status', 'kind', 'stage', 'digest', 'requirement_id', 'approval_id'],
  references: { requirement_id: 'requirements' },
});
