import * as z from 'zod';
import { defineResource, line } from './resource.ts';

const status = z.enum(['active', 'paused']);
/** Whole names, or their beginning and a star. */
export const eventTypes = z.array(line).max(50).optional();

export const webhooks = defineResource({
  name: 'webhooks',
  singular: 'webhook',
  summary: 'Addresses that are told of events, signed as Standard Webhooks says',
  table: 'webhooks',
  hub: 'optional',
  adminOnly: true,
  fields: { url: z.string(), types: eventTypes, status, paused_because: z.string().nullable() },
  update: { types: eventTypes, status: status.optional() },
  filters: ['status'],
});
