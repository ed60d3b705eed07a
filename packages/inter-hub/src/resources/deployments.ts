import * as z from 'zod';
import { defineResource, id, line, moment, sha256Digest, slug } from './resource.ts';

const status = z.enum(['in_progress', 'succeeded', 'failed', 'rolled_back']);
const shape = {
  stage: slug,
  release: z.int().min(1).max(2_147_483_647).nullish(),
  kind: z.enum(['deploy', 'promotion', 'rollback']).optional(),
  digest: sha256Digest.nullish(),
  tag: line.nullish(),
  commit_sha: z.string().max(64).nullish(),
  status: status.optional(),
  run_id: z.string().max(255).nullish(),
  decision_id: id.nullish(),
  url: z.url({ protocol: /^https?$/ }).nullish(),
};

export const deployments = defineResource({
  name: 'deployment-records',
  singular: 'deployment-record',
  summary: 'What was put on which stage',
  table: 'deployment_records',
  hub: 'required',
  fields: {
    ...shape,
    committed_at: z.date().nullable(),
    started_at: z.date().nullable(),
    finished_at: z.date().nullable(),
  },
  create: { ...shape, committed_at: moment.nullish(), started_at: moment.nullish(), finished_at: moment.nullish() },
  update: { status: status.optional(), finished_at: moment.nullish(), decision_id: id.nullish() },
  filters: ['stage', 'status', 'kind', 'digest', 'tag', 'run_id'],
  references: { decision_id: 'decision_records' },
});
