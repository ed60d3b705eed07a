import * as z from 'zod';
import { eventStream, streamHeaders } from '../../live/eventStream.ts';
import { defineFrame } from '../../live/frame.ts';
import { isGoodKey } from '../authenticate.ts';
import { Problem } from '../problem.ts';
import { defineRoute } from '../route.ts';
import { canRead } from '../scopes.ts';
import { eventFilters, eventSchema } from './events.ts';

const frame = defineFrame((event) => event);

export const streamEvents = defineRoute({
  method: 'get',
  path: '/events/stream',
  operationId: 'stream-events',
  tag: 'events',
  summary: 'Follow events as they come',
  description:
    'Server-Sent Events. `id` is the event’s seq: sent back as Last-Event-ID (or `after`) it goes on from there. An ' +
    'event named "reconnect" says that the hub is about to stop; clients come back by themselves.',
  access: 'read',
  query: z.strictObject({
    ...eventFilters,
    after: z.coerce.number().int().min(0).max(Number.MAX_SAFE_INTEGER).optional().describe('seq to go on from'),
  }),
  answers: { 200: { description: 'A stream of events', type: 'text/event-stream', schema: eventSchema } },
  handle: async ({ c, deps, key, query: { after, ...filters } }) => {
    const header = c.req.header('last-event-id');
    if (header !== undefined && !/^\d{1,15}$/.test(header)) {
      throw new Problem(422, 'invalid_last_event_id', 'Last-Event-ID is not a number.', 'Send the last id you got.');
    }
    const wanted = Object.entries(filters).filter(([, value]) => value !== undefined);
    const stream = await eventStream({
      ...deps,
      db: deps.database,
      after: header === undefined ? after : Number(header),
      wants: (event) =>
        canRead(key?.scopes ?? [], event.hub) && wanted.every(([name, value]) => event[name as 'type'] === value),
      isAllowed: () => isGoodKey(c, deps.keys, deps.clock()),
      onRightsChanged: deps.keys.onForget,
      frame,
    });
    return c.body(stream, 200, streamHeaders);
  },
});
