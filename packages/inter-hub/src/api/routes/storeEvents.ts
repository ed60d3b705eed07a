import type { Context } from 'hono';
import * as z from 'zod';
import type { Deps } from '../../deps.ts';
import type { HubEnv } from '../../http/env.ts';
import { fromCloudEvent } from '../../ingest/cloudEvent.ts';
import type { Stored } from '../../ingest/groupCommit.ts';
import type { IncomingEvent } from '../../ingest/incomingEvent.ts';
import type { ApiKey } from '../keyStore.ts';
import { wrongScope } from '../mount.ts';
import { Problem } from '../problem.ts';
import { canWrite } from '../scopes.ts';
import type { SentEvents } from './readEvents.ts';

export const batchAnswer = z.object({
  stored: z.int(),
  duplicates: z.int(),
  conflicts: z.int(),
  results: z.array(
    z.object({ result: z.enum(['stored', 'duplicate', 'conflict']), seq: z.int(), source: z.string(), id: z.string() }),
  ),
});

/** Stores the events of one request and answers for it, after the commit. */
export async function storeEvents(
  c: Context<HubEnv>,
  deps: Deps,
  key: ApiKey,
  { events: sent, batch, json }: SentEvents,
): Promise<Response> {
  const events = sent.map((event) => fromCloudEvent(event, json));
  for (const event of events) {
    if (!canWrite(key.scopes, event.hub)) throw wrongScope(`hub:${event.hub}:write`);
  }
  const stored = await deps.ingest.store(events, key.consumerId);
  if (!batch) return singleAnswer(c, events[0] as IncomingEvent, stored[0] as Stored);
  const results = stored.map(({ result, seq }, index) => {
    const { source = '', id = '' } = events[index] ?? {};
    return { result, seq, source, id };
  });
  const tally = (wanted: Stored['result']) => results.filter(({ result }) => result === wanted).length;
  return c.json({
    stored: tally('stored'),
    duplicates: tally('duplicate'),
    conflicts: tally('conflict'),
    results,
  });
}

/** @throws Problem 409 where another event has that (source, id) */
export function singleAnswer(c: Context<HubEnv>, { source, id }: IncomingEvent, stored: Stored): Response {
  const { result, seq, receivedAt } = stored;
  if (result === 'conflict') {
    const detail = `Event ${JSON.stringify(id)} of ${JSON.stringify(source)} is stored with another body.`;
    throw new Problem(409, 'event_conflict', detail, 'Give a new event a new id.', { extra: { seq } });
  }
  return c.json({ result, seq, source, id, received_at: receivedAt }, result === 'stored' ? 201 : 200);
}
