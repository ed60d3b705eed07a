import * as z from 'zod';
import { defineResource, id } from './resource.ts';

export const tasks = defineResource({
  name: 'tasks',
  singular: 'task',
  summary: 'Tasks of workplans; they change in git, and come here by a sync',
  table: 'tasks',
  hub: 'none',
  fields: {
    workplan_id: id,
    key: z.string(),
    title: z.string(),
    status: z.string(),
    priority: z.string().nullable(),
    state_hub_task_id: z.string().nullable(),
    position: z.int(),
  },
  filters: ['workplan_id', 'status', 'priority', 'key'],
});
