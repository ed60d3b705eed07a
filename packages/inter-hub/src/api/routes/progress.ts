import { randomUUID } from 'node:crypto';
import * as z from 'zod';
import { fromProgress, progressSchema } from '../../ingest/progress.ts';
import { eventsPage } from '../../queries/eventsPage.ts';
import { decodeCursor, pageOf, pageQuery, pageResponse } from '../cursor.ts';
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
    event_type: z
      .string()
      .max(255)
      .regex(/^[^\0]*$/)
      .optional(),
    limit: pageQuery.limit,
    cursor: pageQuery.cursor,
  }),
  answers: {
    200: {
      description: 'A page, newest first',
      schema: z.object({ items: z.array(listed), next: z.string().nullable() }),
    },
  },
  handle: async ({ c, deps, key, query }) => {
    const filters = { form: 'progress', ...(query.event_type !== undefined && { type: query.event_type }) };
    const seq = decodeCursor(query.cursor);
    const rows = await eventsPage(deps.database, filters, readableHubs(key?.scopes ?? []), seq, query.limit + 1);
    const page = pageOf(rows, query.limit);
    const items = page.items.map((row) => ({
      ...(row.body as object),
      id: row.event_id,
      seq: row.seq,
      author: row.author,
      created_at: row.received_at,
    }));
    return pageResponse(c, { items, next: page.next });
  },
});
