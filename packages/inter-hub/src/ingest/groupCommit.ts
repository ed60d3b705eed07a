import { isDeepStrictEqual } from 'node:util';
import type { Db } from '../database/db.ts';
import type { Metrics } from '../metrics.ts';
import type { IncomingEvent } from './incomingEvent.ts';

/** What became of one event. `conflict`: its (source, id) is taken by an event with another body. */
export interface Stored {
  readonly result: 'stored' | 'duplicate' | 'conflict';
  readonly seq: number;
  readonly receivedAt: Date;
}

/** Stores events; the answer comes after the commit and not before. */
export interface Ingest {
  /** @throws what the database threw; nothing of these events is known to be stored then, and they may be sent again */
  store(events: readonly IncomingEvent[], consumerId: string | null): Promise<Stored[]>;
  /** Events are being stored now: what can wait should. */
  readonly busy: boolean;
}

interface Request {
  readonly events: readonly IncomingEvent[];
  /** What they take in memory while they wait. */
  readonly sizeBytes: number;
  readonly consumerId: string | null;
  readonly done: (stored: Stored[]) => void;
  readonly failed: (error: unknown) => void;
}

const mostInTransaction = 5000;
const mostBytesInTransaction = 8 * 1024 * 1024;
const mostWaiting = 50_000;
/** What waits is in memory, more than once: this keeps a flood of large events within the heap of app.toml. */
const mostBytesWaiting = 16 * 1024 * 1024;

/** More events wait than the database takes in. */
export class IngestOverload extends Error {
  override readonly name = 'IngestOverload';
  readonly code = '53000';
}

/**
 * Group commit: while one transaction is under way, requests gather, and the next one takes all of them. One wait for
 * the disk then serves many requests, and a lone one waits for nobody. The next group is on its way to the database
 * before those of the one before are told: telling takes as long as storing, and the two go on side by side.
 */
export function createIngest(db: Db, metrics: Metrics): Ingest {
  let waiting: Request[] = [];
  let waitingEvents = 0;
  let waitingBytes = 0;
  let busy = false;

  const work = async (): Promise<void> => {
    busy = true;
    while (waiting.length > 0) {
      const group = takeGroup(waiting);
      waiting = waiting.slice(group.length);
      for (const { events, sizeBytes } of group) {
        waitingEvents -= events.length;
        waitingBytes -= sizeBytes;
      }
      const tell = await commit(db, group, metrics);
      if (waiting.length > 0) setImmediate(tell);
      else tell();
    }
    busy = false;
  };

  return {
    store: (events, consumerId) =>
      new Promise((done, failed) => {
        const sizeBytes = events.reduce((sum, { bodyJson }) => sum + bodyJson.length, 0);
        const tooMany = waitingEvents + events.length > mostWaiting || waitingBytes + sizeBytes > mostBytesWaiting;
        // One alone is always taken: a batch may be as large as all that may wait.
        if (tooMany && waiting.length > 0) throw new IngestOverload('too many events are waiting');
        waiting.push({ events, sizeBytes, consumerId, done, failed });
        waitingEvents += events.length;
        waitingBytes += sizeBytes;
        if (!busy) void work();
      }),
    get busy() {
      return busy;
    },
  };
}

function takeGroup(waiting: readonly Request[]): Request[] {
  let size = 0;
  let bytes = 0;
  const end = waiting.findIndex((request, index) => {
    size += request.events.length;
    bytes += request.sizeBytes;
    return index > 0 && (size > mostInTransaction || bytes > mostBytesInTransaction);
  });
  return waiting.slice(0, end === -1 ? waiting.length : end);
}

/** @returns what tells each request what became of it */
async function commit(db: Db, group: readonly Request[], metrics: Metrics): Promise<() => void> {
  try {
    const results = await storeGroup(db, group);
    return () => {
      for (const [index, request] of group.entries()) request.done(results[index] ?? []);
      count(metrics, results.flat());
    };
  } catch (error) {
    // One request with a value that PostgreSQL refuses must not fail its neighbours: each is tried alone.
    const alone = group.length > 1 && /^2[23]/.test(String((error as { code?: unknown }).code));
    if (!alone) return () => group.forEach((request) => void request.failed(error));
    const tellings: (() => void)[] = [];
    for (const request of group) tellings.push(await commit(db, [request], metrics));
    return () => tellings.forEach((tell) => void tell());
  }
}

function count(metrics: Metrics, stored: readonly Stored[]): void {
  metrics.batches.observe(stored.length);
  const counts = { stored: 0, duplicate: 0, conflict: 0 };
  for (const { result } of stored) counts[result] += 1;
  for (const [result, events] of Object.entries(counts)) if (events > 0) metrics.events.inc({ result }, events);
}

async function storeGroup(db: Db, group: readonly Request[]): Promise<Stored[][]> {
  const rows = new Map<string, EventToStore>();
  for (const { events, consumerId } of group) {
    for (const event of events) {
      const name = nameOf(event);
      if (!rows.has(name)) rows.set(name, { event, consumerId });
    }
  }
  const stored = await insertEvents(db, [...rows.values()]);
  // Each name once, each time in the same order: nothing was sent twice, and nothing is looked up.
  const sent = group.reduce((sum, { events }) => sum + events.length, 0);
  if (sent === stored.length) {
    let end = 0;
    return group.map(({ events }) => {
      end += events.length;
      return stored.slice(end - events.length, end);
    });
  }
  return toldApart(group, [...rows.keys()], stored, rows);
}

/** What each sender of an event is told where several sent the same: the first that it is stored, the others that it was. */
function toldApart(
  group: readonly Request[],
  names: readonly string[],
  stored: readonly Stored[],
  rows: ReadonlyMap<string, EventToStore>,
): Stored[][] {
  const byName = new Map(names.map((name, index) => [name, stored[index] as Stored]));
  const told = new Set<string>();
  return group.map(({ events }) =>
    events.map((event) => {
      const name = nameOf(event);
      const answer = byName.get(name) as Stored;
      if (!told.has(name)) {
        told.add(name);
        return answer;
      }
      const first = rows.get(name)?.event.bodyJson ?? 'null';
      const same = event.bodyJson === first || isDeepStrictEqual(JSON.parse(event.bodyJson), JSON.parse(first));
      const result = answer.result === 'stored' ? (same ? 'duplicate' : 'conflict') : answer.result;
      return { ...answer, result };
    }),
  );
}

function nameOf(event: IncomingEvent): string {
  return `${event.source}\n${event.id}`;
}

export type EventToStore = { readonly event: IncomingEvent; readonly consumerId: string | null };

interface Answer {
  readonly storedAt: Date;
  readonly seqs: readonly number[];
  readonly known: readonly { readonly place: number; readonly receivedAt: string; readonly same: boolean }[];
}

/** One statement, one transaction: `hub_store` of migration 7. */
export async function insertEvents(db: Db, rows: readonly EventToStore[]): Promise<Stored[]> {
  const [answer] = await db.query<Answer>('select stored_at as "storedAt", seqs, known from hub_store($1)', [
    `[${rows.map(rowOf).join()}]`,
  ]);
  if (answer?.seqs.length !== rows.length) throw new Error('the database answered for fewer events than it was given');
  const stored = answer.seqs.map((seq): Stored => ({ result: 'stored', seq, receivedAt: answer.storedAt }));
  for (const { place, receivedAt, same } of answer.known) {
    const seq = answer.seqs[place] as number;
    stored[place] = { result: same ? 'duplicate' : 'conflict', seq, receivedAt: new Date(receivedAt) };
  }
  return stored;
}

function rowOf({ event, consumerId }: EventToStore): string {
  const { source, id, form, type, subject, hub, stage, runId, time, author, summary, bodyJson } = event;
  const columns = [source, id, form, type, subject, hub, stage, runId, time, author, summary, consumerId];
  return `${JSON.stringify(columns).slice(0, -1)},${bodyJson}]`;
}
