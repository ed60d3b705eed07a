import * as z from 'zod';
import { defineResource, line } from './resource.ts';

const cents = z.int().min(0).max(2_147_483_647);
const shape = {
  name: line,
  provider: line.nullish(),
  models: z.array(line).max(50).optional(),
  owner: line.nullish(),
  delegated_by: line.nullish(),
  budget_cents: cents.nullish(),
};

export const agents = defineResource({
  name: 'agents',
  singular: 'agent',
  summary: 'Agents that act for people, what they may use and spend',
  table: 'agents',
  hub: 'none',
  fields: { ...shape, spent_cents: z.int(), status: z.string() },
  create: shape,
  update: {
    models: z.array(line).max(50).optional(),
    budget_cents: cents.nullish(),
    spent_cents: cents.optional(),
    status: z.enum(['active', 'paused', 'retired']).optional(),
  },
  filters: ['provider', 'status', 'owner'],
});
