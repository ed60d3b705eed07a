import { type CloudEvent, mostInBatch } from '../cloudEvent.ts';
import type { ToldRecord } from '../runEvents.ts';
import type { OwedRun } from './outbox.ts';

/** An owed run, and what it has to tell that is not delivered yet. */
export interface Owed {
  readonly run: OwedRun;
  /** Records after the last delivered one, in order. */
  readonly records: readonly ToldRecord[];
  /** Its last record is written. */
  readonly over: boolean;
}

export interface Batch {
  readonly events: readonly CloudEvent[];
  /** How far each run is delivered once these events are. */
  readonly marks: readonly { readonly run: OwedRun; readonly seq: number; readonly settled: boolean }[];
}

const mostBytes = 4 << 20;

/** As much as one request takes, oldest run first, each in its order; a record is never torn. Undefined where all is told. */
export function nextBatch(owed: readonly Owed[]): Batch | undefined {
  const events: CloudEvent[] = [];
  const marks: Batch['marks'][number][] = [];
  let sizeBytes = 0;
  let full = false;
  for (const { run, records, over } of owed) {
    let seq: number | undefined;
    for (const record of records) {
      const bytes = Buffer.byteLength(JSON.stringify(record.events));
      full = events.length > 0 && (events.length + record.events.length > mostInBatch || sizeBytes + bytes > mostBytes);
      if (full) break;
      events.push(...record.events);
      sizeBytes += bytes;
      seq = record.seq;
    }
    const settled = over && !full;
    if (seq !== undefined || settled) marks.push({ run, seq: seq ?? run.delivered, settled });
    if (full) break;
  }
  return marks.length === 0 ? undefined : { events, marks };
}
