import { randomUUID } from 'node:crypto';
import type { Db } from '../database/db.ts';
import { cloudEventSchema, fromCloudEvent } from './cloudEvent.ts';
import { insertEvents } from './groupCommit.ts';

export const ownSource = '/inter-hub';

export interface OwnEvent {
  readonly type: string;
  readonly subject: string;
  readonly hub: string;
  readonly stage?: string;
  readonly runid?: string | undefined;
  readonly author: string;
  readonly summary: string;
  readonly data: unknown;
}

/** Adds an event of the hub's own, in the transaction that makes it true. */
export async function recordEvent(db: Db, event: OwnEvent, now: Date): Promise<void> {
  const { runid, ...rest } = event;
  const full = {
    specversion: '1.0',
    id: randomUUID(),
    source: ownSource,
    time: now.toISOString(),
    ...rest,
    ...(runid && { runid }),
  };
  await insertEvents(db, [{ event: fromCloudEvent(cloudEventSchema.parse(full)), consumerId: null }]);
}
