import * as z from 'zod';
import { defineResource, id } from './resource.ts';

const moment = z.date().nullable();
const number = z.int().nullable();

export const webhookDeliveries = defineResource({
  name: 'webhook-deliveries',
  singular: 'webhook-delivery',
  summary: 'What was sent to which webhook, and what it answered; kept for 30 days',
  table: 'webhook_deliveries',
  hub: 'none',
  adminOnly: true,
  fields: {
    webhook_id: id,
    event_seq: number,
    status: z.enum(['waiting', 'delivered', 'failed']),
    attempts: z.int(),
    next_at: moment,
    answer: number,
    error: z.string().nullable(),
    took_ms: number,
    finished_at: moment,
  },
  filters: ['webhook_id', 'status'],
});
