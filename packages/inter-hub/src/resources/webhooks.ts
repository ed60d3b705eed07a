import * as z from 'zod';
import { defineResource, line } from './resource.ts';

const status = z.enum(['active', 'paused']);
const types = z.array(line).max(50).optional();

export const webhooks = defineResource({
  name: 'webhooks',
  singular: 'webhook',
  summary: 'Addresses that want to be told of events',
  table: 'webhooks',
  hub: 'optional',
  adminOnly: true,
  fields: { url: z.string(), types, status },
  create: { url: z.url({ protocol: /^https$/ }), types },
  update: { types, status: status.optional() },
  filters: ['status'],
});
