import { createHash } from 'node:crypto';

import type { RunEntry, RunRecord } from '../domain/runRecord.ts';

/** A record needs a line of its own; more is not a record but damage. */
export const longestLineBytes = 8 << 20;
const ending = /,"hash":"([0-9a-f]{64})"\}$/;

/** What a journal holds, as far as it can be trusted. */
export interface JournalContent {
  readonly records: readonly RunRecord[];
  /** Hash of the last valid line, empty where there is none: the next line is chained to it. */
  readonly lastHash: string;
  /** Length of the valid part. */
  readonly validBytes: number;
}

/**
 * One line of a journal: JSON, whose last member is the SHA-256 of the text before it. `prev` repeats the hash of the
 * line before, so that no line can be changed, lost or moved unseen.
 */
export function encodeRecord(
  entry: RunEntry,
  place: { readonly seq: number; readonly at: string; readonly prev: string },
): { readonly line: string; readonly hash: string } {
  const { seq, at, prev } = place;
  const text = JSON.stringify({ seq, at, ...entry, prev });
  const hash = sha256(text);
  return { line: `${text.slice(0, -1)},"hash":"${hash}"}\n`, hash };
}

/** Lines for one write, with the records as whoever reads them sees them: a value that JSON changes is changed at once. */
export function encodeRecords(
  entries: readonly RunEntry[],
  after: { readonly seq: number; readonly at: string; readonly prev: string },
): { readonly text: string; readonly hash: string; readonly records: readonly RunRecord[] } {
  const { at } = after;
  let { seq, prev } = after;
  let text = '';
  const records: RunRecord[] = [];
  for (const entry of entries) {
    seq += 1;
    const { line, hash } = encodeRecord(entry, { seq, at, prev });
    text += line;
    prev = hash;
    records.push(JSON.parse(JSON.stringify({ ...entry, seq, at })) as RunRecord);
  }
  return { text, hash: prev, records };
}

/** Reads up to the first line that is not whole, not itself, or not in its place. Never throws. */
export function decodeJournal(bytes: Uint8Array): JournalContent {
  const records: RunRecord[] = [];
  let lastHash = '';
  let validBytes = 0;
  for (;;) {
    const end = bytes.indexOf(0x0a, validBytes);
    if (end < 0 || end - validBytes > longestLineBytes) break;
    const line = Buffer.from(bytes.subarray(validBytes, end)).toString('utf8');
    const record = decodeLine(line, { seq: records.length + 1, prev: lastHash });
    if (!record) break;
    records.push(record.record);
    lastHash = record.hash;
    validBytes = end + 1;
  }
  return { records, lastHash, validBytes };
}

function decodeLine(line: string, place: { readonly seq: number; readonly prev: string }) {
  const hash = ending.exec(line)?.[1];
  if (hash === undefined) return undefined;
  const text = `${line.slice(0, -`,"hash":"${hash}"}`.length)}}`;
  if (sha256(text) !== hash) return undefined;
  const { prev, ...record } = JSON.parse(text) as RunRecord & { readonly prev: string };
  return record.seq === place.seq && prev === place.prev ? { record, hash } : undefined;
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
