import type { Logger } from 'pino';
import type { Database } from '../database/db.ts';
import { type EventRow, eventsAfter, newestSeq } from './eventRow.ts';

export const eventChannel = 'hub_events';
/** Read and handed out at once. */
const page = 250;
/** Behind a pooler NOTIFY may never arrive: then this is how late a stream can be. */
const pollMs = 2000;

/** One reader of the events table for every open stream: each event is read once, then handed to all. */
export interface Feed {
  /** Number of the newest event handed out. */
  readonly seq: number;
  subscribe(receive: (events: readonly EventRow[]) => void): () => void;
  /** Events are not read while nobody follows: this skips those, for the first who does after a while. */
  skipUnread(): Promise<void>;
  /** Called when events were added, before they are read; for readers with a place of their own. */
  onWake(wake: () => void): () => void;
  stop(): Promise<void>;
}

export async function startFeed(database: Database, logger: Logger): Promise<Feed> {
  const receivers = new Set<(events: readonly EventRow[]) => void>();
  const wakers = new Set<() => void>();
  let seq = await newestSeq(database);
  let again = false;
  let reading: Promise<void> | undefined;
  let stopped = false;

  const readAll = async (): Promise<void> => {
    do {
      again = false;
      if (receivers.size === 0) {
        const newest = await newestSeq(database);
        // Whoever came meanwhile was promised everything after the number before.
        if (receivers.size === 0) {
          seq = newest;
          break;
        }
      }
      const events = await eventsAfter(database, seq, page);
      const last = events.at(-1);
      if (last === undefined) break;
      seq = last.seq;
      for (const receive of receivers) receive(events);
      if (events.length === page) again = true;
    } while (again && !stopped);
  };
  const read = (): Promise<void> => {
    again = true;
    reading ??= readAll()
      .catch((error: unknown) => logger.warn({ err: error }, 'cannot read new events'))
      .finally(() => {
        reading = undefined;
      });
    return reading;
  };
  const wake = (): void => {
    if (stopped) return;
    for (const callback of wakers) callback();
    // With nobody to hand them to, the poll keeps up: not one question for each of some hundred groups a second.
    if (receivers.size > 0) void read();
  };
  const poll = (): void => {
    wake();
    if (!stopped) void read();
  };

  const stopListening = await database.listen(eventChannel, wake);
  const timer = setInterval(poll, pollMs);
  timer.unref();
  return {
    get seq() {
      return seq;
    },
    subscribe: (receive) => {
      receivers.add(receive);
      return () => receivers.delete(receive);
    },
    skipUnread: async () => {
      if (receivers.size === 0 && !stopped) await read();
    },
    onWake: (callback) => {
      wakers.add(callback);
      return () => wakers.delete(callback);
    },
    stop: async () => {
      stopped = true;
      clearInterval(timer);
      await stopListening();
      await reading;
    },
  };
}
