import * as z from 'zod';
import { cloudEventBatchSchema, cloudEventSchema } from '../../ingest/cloudEvent.ts';
import { eventsPage } from '../../queries/eventsPage.ts';
import { findEvent } from '../../queries/findEvent.ts';
import { decodeCursor, pageOf, pageQuery, pageResponse } from '../cursor.ts';
import { exportResponse } from '../export.ts';
import { notFound } from '../mount.ts';
import { defineRoute } from '../route.ts';
import { canRead, readableHubs } from '../scopes.ts';
import { readEvents } from './readEvents.ts';
import { batchAnswer, storeEvents } from './storeEvents.ts';

const optional = z.string().nullable();
export const eventSchema = z.object({
  seq: z.int(),
  source: z.string(),
  event_id: z.string(),
  form: z.enum(['progress', 'cloudevent', 'cdevent']),
  type: z.string(),
  subject: optional,
  hub: optional,
  stage: optional,
  run_id: optional,
  time: z.date().nullable().describe('When it happened, as the sender says'),
  received_at: z.date().describe('When the hub took it'),
  author: optional,
  summary: optional,
  body: z.record(z.string(), z.unknown()),
});

const filter = z
  .string()
  .min(1)
  .max(1024)
  .regex(/^[^\0]*$/)
  .optional();
export const eventFilters = {
  type: filter,
  hub: filter,
  stage: filter,
  run_id: filter,
  source: filter,
  subject: filter,
};

const receipt = z.object({
  result: z.enum(['stored', 'duplicate']),
  seq: z.int(),
  source: z.string(),
  id: z.string(),
  received_at: z.date(),
});

export const postEvents = defineRoute({
  method: 'post',
  path: '/events',
  operationId: 'send-events',
  tag: 'events',
  summary: 'Send one event or up to 1,000',
  description:
    'CloudEvents 1.0 in structured, binary or batched mode; CDEvents go inside. Each (source, id) is stored once: the ' +
    'same event again answers 200 "duplicate", another body under the same (source, id) is a conflict. A batch is taken ' +
    'whole or refused whole for form; its answer says for each event what became of it.',
  access: 'write',
  rawBodies: {
    'application/cloudevents+json': cloudEventSchema,
    'application/cloudevents-batch+json': cloudEventBatchSchema,
    'application/json': cloudEventSchema,
  },
  answers: {
    200: { description: 'A batch, or one event that was here already', schema: z.union([batchAnswer, receipt]) },
    201: { description: 'Stored, and on disk', schema: receipt },
  },
  handle: async ({ c, deps, key }) => {
    if (!key) throw notFound();
    return storeEvents(c, deps, key, await readEvents(c));
  },
});

export const listEvents = defineRoute({
  method: 'get',
  path: '/events',
  operationId: 'list-events',
  tag: 'events',
  summary: 'List events',
  access: 'read',
  query: z.strictObject({ ...eventFilters, ...pageQuery }),
  answers: {
    200: {
      description: 'A page, newest first',
      schema: z.object({ items: z.array(eventSchema), next: z.string().nullable() }),
      exports: true,
    },
  },
  handle: async ({ c, deps, key, query: { limit, cursor, format, ...filters } }) => {
    const hubs = readableHubs(key?.scopes ?? []);
    if (format !== 'json') {
      const columns = Object.keys(eventSchema.shape);
      const next = (seq: number | null, size: number) => eventsPage(deps.database, filters, hubs, seq, size).then(open);
      return exportResponse(c, { name: 'events', format, columns, next });
    }
    const rows = await eventsPage(deps.database, filters, hubs, decodeCursor(cursor), limit + 1);
    return pageResponse(c, pageOf(rows, limit));
  },
});

/** An interface has no index signature; an export reads by column name. */
function open<Row extends { readonly seq: number }>(rows: readonly Row[]): (Row & Record<string, unknown>)[] {
  return rows as (Row & Record<string, unknown>)[];
}

export const getEvent = defineRoute({
  method: 'get',
  path: '/events/{seq}',
  operationId: 'get-event',
  tag: 'events',
  summary: 'Read one event',
  access: 'read',
  params: z.object({ seq: z.coerce.number().int().min(1).max(Number.MAX_SAFE_INTEGER) }),
  answers: { 200: { description: 'The event', schema: eventSchema } },
  handle: async ({ c, deps, key, params }) => {
    const event = await findEvent(deps.database, params.seq);
    if (!event || !canRead(key?.scopes ?? [], event.hub)) throw notFound();
    return c.json(event);
  },
});
