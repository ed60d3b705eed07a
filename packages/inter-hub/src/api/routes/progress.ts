import { randomUUID } from 'node:crypto';
import * as z from 'zod';
import { fromProgress, progressSchema } from '../../ingest/progress.ts';
import type { EventRow } from '../../live/eventRow.ts';
import { eventsPage } from '../../queries/eventsPage.ts';
import { decodeCursor, pageOf, pageQuery, pageResponse } from '../cursor.ts';
import { exportResponse } from '../export.ts';
import { check, notFound, wrongScope } from '../mount.ts';
import { Problem } from '../problem.ts';
import { defineRoute } from '../route.ts';
import { canWrite, readableHubs } from '../scopes.ts';

const listed = progressSchema.extend({
  id: z.string(),
  seq: z.int(),
  author: z.string().nullable(),
  created_at: z.date(),
});

const progressRecord = z.object({
  id: z.string(),
  seq: z.int(),
  summary: z.string(),
  event_type: z.string(),
  author: z.string().nullable(),
  created_at: z.date(),
});

export const postProgress = defineRoute({
  method: 'post',
  path: '/progress',
  operationId: 'send-progress',
  tag: 'progress',
  summary: 'Add a progress event',
  description:
    'With an Idempotency-Key it is stored once, however often it is sent. Progress is never edited or deleted.',
  access: 'write',
  body: progressSchema,
  idempotent: true,
  answers: {
    200: { description: 'Stored before, by the same Idempotency-Key', schema: progressRecord },
    201: { description: 'Stored', schema: progressRecord },
  },
  handle: async ({ c, deps, key, body }) => {
    if (!key) throw notFound();
    if (!canWrite(key.scopes, body.hub ?? null)) throw wrongScope(`hub:${body.hub}:write`);
    const sent = c.req.header('idempotency-key');
    const id = sent === undefined ? randomUUID() : check(z.string().min(1).max(255), sent, 'header.Idempotency-Key');
    const progress = { ...body, author: body.author ?? key.consumer };
    const event = fromProgress(progress, `/consumers/${key.consumerId}`, id);
    const [stored] = await deps.ingest.store([event], key.consumerId);
    if (!stored) throw new Error('nothing was stored');
    if (stored.result === 'conflict') {
      throw new Problem(
        409,
        'idempotency_conflict',
        'This Idempotency-Key came with other progress.',
        'Use a new key.',
      );
    }
    const record = {
      id,
      seq: stored.seq,
      summary: progress.summary,
      event_type: progress.event_type,
      author: progress.author,
      created_at: stored.receivedAt,
    };
    return c.json(record, stored.result === 'stored' ? 201 : 200);
  },
});

export const listProgress = defineRoute({
  method: 'get',
  path: '/progress',
  operationId: 'list-progress',
  tag: 'progress',
  summary: 'List progress events',
  access: 'read',
  query: z.strictObject({
    hub: progressSchema.shape.hub.unwrap().unwrap().optional().describe('Slug of a hub'),
    event_type: z
      .string()
      .max(255)
      .regex(/^[^\0]*$/)
      .optional(),
    ...pageQuery,
  }),
  answers: {
    200: {
      description: 'A page, newest first',
      schema: z.object({ items: z.array(listed), next: z.string().nullable() }),
      exports: true,
    },
  },
  handle: async ({ c, deps, key, query: { limit, cursor, format, hub, event_type: type } }) => {
    const hubs = readableHubs(key?.scopes ?? []);
    const read = (seq: number | null, size: number) =>
      eventsPage(deps.database, { form: 'progress', type, hub }, hubs, seq, size);
    if (format !== 'json') {
      const columns = Object.keys(listed.shape);
      const next = async (seq: number | null, size: number) => (await read(seq, size)).map(asListed);
      return exportResponse(c, { name: 'progress', format, columns, next });
    }
    const page = pageOf(await read(decodeCursor(cursor), limit + 1), limit);
    return pageResponse(c, { items: page.items.map(asListed), next: page.next });
  },
});

function asListed({ body, event_id, seq, author, received_at }: EventRow) {
  return { ...(body as object), id: event_id, seq, author, created_at: received_at };
}
