import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { Database, Db } from '../database/db.ts';
import { type EventRow, eventsAfter } from '../live/eventRow.ts';
import { mappings } from '../mappings/index.ts';
import { oneAtATime } from '../oneAtATime.ts';
import { openChain, type Together } from './chain.ts';
import { gatherInteractions } from './interactions.ts';

const page = 500;
/** How long events that come in have the database and this process for themselves. */
const restMs = 400;

/**
 * Turns stored events into links of the chain, each exactly once: how far it came is a row, changed in the same
 * transaction as what it wrote, and held by one hub at a time.
 */
export interface Projector {
  /** Works until nothing is left; calls while it works are one more round. */
  wake(): Promise<void>;
  /** Ends after the page under way; the next hub goes on from there. */
  stop(): Promise<void>;
}

/** @param isBusy whether events are being stored at this moment; then it rests between pages */
export function createProjector(database: Database, logger: Logger, isBusy: () => boolean = () => false): Projector {
  const stopping = new AbortController();
  const { signal } = stopping;
  const work = async (): Promise<void> => {
    while (!signal.aborted && (await projectPage(database)) === page) {
      if (isBusy()) await sleep(restMs);
    }
  };
  const onError = (error: unknown) => logger.warn({ err: error }, 'cannot map new events');
  const { wake, over } = oneAtATime(work, { signal, onError });
  return {
    wake,
    stop: async () => {
      stopping.abort();
      await over();
    },
  };
}

/** @returns how many events it took */
async function projectPage(database: Database): Promise<number> {
  try {
    return await database.transaction((db) => take(db, apply));
  } catch (error) {
    if (!isFaultOfEvent(error)) throw error;
    return database.transaction((db) => take(db, applyAlone));
  }
}

async function take(db: Db, work: (event: EventRow, together: Together) => Promise<void>): Promise<number> {
  const [row] = await db.query<{ seq: number }>(`select seq from projections where name = 'chain' for update`);
  const events = await eventsAfter(db, row?.seq ?? 0, page);
  const together: Together = { names: new Map(), interactions: gatherInteractions(db) };
  for (const event of events) await work(event, together);
  const last = events.at(-1);
  await together.interactions.flush();
  if (last) await db.query(`update projections set seq = $1, updated_at = now() where name = 'chain'`, [last.seq]);
  return events.length;
}

async function apply(event: EventRow, together: Together): Promise<void> {
  if (event.hub === null) return;
  const mapping = mappings.find((candidate) => candidate.matches(event.type));
  await mapping?.apply(event, await openChain(event.hub, together));
}

/** One bad event is set aside with its reason, and the rest go on. */
async function applyAlone(event: EventRow, { names, interactions }: Together): Promise<void> {
  const { db } = interactions;
  await db.query('savepoint one');
  try {
    await apply(event, { names: new Map(names), interactions });
    await db.query('release savepoint one');
  } catch (error) {
    if (!isFaultOfEvent(error)) throw error;
    await db.query('rollback to savepoint one');
    await db.query('insert into projection_errors (event_seq, error) values ($1, $2) on conflict do nothing', [
      event.seq,
      (error as Error).message.slice(0, 2000),
    ]);
  }
}

/** A mapping that threw, or a value PostgreSQL refuses; a lost connection is no fault of the event. */
function isFaultOfEvent(error: unknown): boolean {
  const code = (error as { code?: unknown }).code;
  return code === undefined ? error instanceof TypeError : /^(2[23]|42)/.test(String(code));
}
