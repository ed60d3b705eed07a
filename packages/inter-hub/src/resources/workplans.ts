import * as z from 'zod';
import { defineResource } from './resource.ts';

const optional = z.string().nullable();

export const workplans = defineResource({
  name: 'workplans',
  singular: 'workplan',
  summary: 'Workplans as they stand in git',
  table: 'workplans',
  hub: 'none',
  fields: {
    key: z.string(),
    type: z.string(),
    title: z.string(),
    domain: optional,
    repo: optional,
    status: z.string(),
    owner: optional,
    topic_slug: optional,
    created_on: optional,
    updated_on: optional,
    depends_on: z.array(z.string()),
    state_hub_workstream_id: optional,
    path: optional,
    synced_at: z.date(),
  },
  filters: ['key', 'status', 'repo', 'domain', 'owner', 'topic_slug'],
});
