import * as z from 'zod';
import { defineResource, line, slug, text } from './resource.ts';

const shape = {
  name: line,
  kind: line.optional(),
  description: text.nullish(),
  owner: line.nullish(),
  stewards: z.array(line).max(50).optional(),
  route_url: z.url({ protocol: /^https?$/ }).nullish(),
};

export const hubs = defineResource({
  name: 'hubs',
  singular: 'hub',
  summary: 'What a team owns: an app, with its stages, widgets and records',
  table: 'hubs',
  hub: 'none',
  fields: { slug, ...shape, status: z.string() },
  create: { slug, ...shape },
  update: { ...shape, status: z.enum(['active', 'retired']).optional(), name: line.optional() },
  filters: ['slug', 'kind', 'status', 'owner'],
});
