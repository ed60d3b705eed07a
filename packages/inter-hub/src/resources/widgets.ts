import * as z from 'zod';
import { defineResource, line, slug } from './resource.ts';

const shape = { slug, name: line, kind: line, owner: line.nullish() };

export const widgets = defineResource({
  name: 'widgets',
  singular: 'widget',
  summary: 'Anything that people, agents or pipelines touch',
  table: 'widgets',
  hub: 'required',
  fields: { ...shape, status: z.string() },
  create: shape,
  update: { name: line.optional(), owner: line.nullish(), status: z.enum(['active', 'retired']).optional() },
  filters: ['slug', 'kind', 'status'],
});
