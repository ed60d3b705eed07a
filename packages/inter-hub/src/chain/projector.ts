import type { Logger } from 'pino';
import type { Database, Db } from '../database/db.ts';
import { type EventRow, eventsAfter } from '../live/eventRow.ts';
import { mappings } from '../mappings/index.ts';
import { openChain } from './chain.ts';

const page = 200;

/**
 * Turns stored events into links of the chain, each exactly once: how far it came is a row, changed in the same
 * transaction as what it wrote, and held by one hub at a time.
 */
export interface Projector {
  /** Works until nothing is left; calls while it works are one more round. */
  wake(): Promise<void>;
}

export function createProjector(database: Database, logger: Logger): Projector {
  let working: Promise<void> | undefined;
  let again = false;
  const work = async (): Promise<void> => {
    do {
      again = false;
      while ((await projectPage(database)) === page);
    } while (again);
  };
  return {
    wake: () => {
      again = true;
      working ??= work()
        .catch((error: unknown) => logger.warn({ err: error }, 'cannot map new events'))
        .finally(() => {
          working = undefined;
        });
      return working;
    },
  };
}

/** @returns how many events it took */
async function projectPage(database: Database): Promise<number> {
  try {
    return await database.transaction((db) => take(db, (event, names) => apply(db, event, names)));
  } catch (error) {
    if (!isFaultOfEvent(error)) throw error;
    return database.transaction((db) => take(db, (event, names) => applyAlone(db, event, names)));
  }
}

type Remembered = Map<string, string>;

async function take(db: Db, work: (event: EventRow, names: Remembered) => Promise<void>): Promise<number> {
  const [row] = await db.query<{ seq: number }>(`select seq from projections where name = 'chain' for update`);
  const events = await eventsAfter(db, row?.seq ?? 0, page);
  const names: Remembered = new Map();
  for (const event of events) await work(event, names);
  const last = events.at(-1);
  if (last) await db.query(`update projections set seq = $1, updated_at = now() where name = 'chain'`, [last.seq]);
  return events.length;
}

async function apply(db: Db, event: EventRow, names: Remembered): Promise<void> {
  if (event.hub === null) return;
  const mapping = mappings.find((candidate) => candidate.matches(event.type));
  await mapping?.apply(event, await openChain(db, event.hub, names));
}

/** One bad event is set aside with its reason, and the rest go on. */
async function applyAlone(db: Db, event: EventRow, names: Remembered): Promise<void> {
  await db.query('savepoint one');
  try {
    await apply(db, event, new Map(names));
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
