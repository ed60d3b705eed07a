import * as z from 'zod';
import { defineResource, object } from './resource.ts';

const optional = z.string().nullable();

export const approvals = defineResource({
  name: 'approvals',
  singular: 'approval',
  summary: 'A person’s yes or no to one digest on one stage',
  table: 'approvals',
  hub: 'required',
  fields: {
    stage: z.string(),
    digest: z.string(),
    tag: optional,
    run_id: optional,
    reason: optional,
    requested_by: z.string(),
    evidence: object,
    status: z.enum(['waiting', 'approved', 'rejected', 'withdrawn', 'expired']),
    decided_by: optional,
    decided_at: z.date().nullable(),
    comment: optional,
    expires_at: z.date(),
  },
  filters: ['stage', 'digest', 'status', 'run_id'],
});
