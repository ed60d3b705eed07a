import { neutralise } from './neutralise.ts';
import type { Redactor } from './redact.ts';

/** Longest line passed on; the rest of a longer one is dropped, and the line says so. */
export const longestLineBytes = 16 * 1024;

const lineFeed = 0x0a;
const carriageReturn = 0x0d;
const decoder = new TextDecoder();

/** Cuts a stream of bytes into lines that are bounded, decoded, neutralised and redacted. */
export interface LineReader {
  push(chunk: Uint8Array): void;
  /** Passes on a last line without a line feed. */
  end(): void;
}

/**
 * A line ends at LF, CR or CRLF: progress bars rewrite one line with CR.
 * Memory is bounded by the longest line, whatever comes.
 */
export function createLineReader(redact: Redactor, onLine: (line: string) => void): LineReader {
  // More than is shown is kept, so that a secret on the edge is seen whole; its bytes may be four a character.
  const keptBytes = longestLineBytes + redact.longest * 4;
  let parts: Uint8Array[] = [];
  let sizeBytes = 0;
  let cut = false;
  let afterReturn = false;

  const add = (part: Uint8Array): void => {
    const room = keptBytes - sizeBytes;
    if (part.length > room) cut = true;
    if (room <= 0 || part.length === 0) return;
    // A copy: a view would keep the whole chunk alive.
    parts.push(Uint8Array.prototype.slice.call(part, 0, room));
    sizeBytes += Math.min(part.length, room);
  };
  const flush = (): void => {
    const text = redact(decoder.decode(Buffer.concat(parts)));
    const safe = Math.max(0, Math.min(longestLineBytes, text.length - redact.longest));
    onLine(neutralise(cut ? `${text.slice(0, safe)} … [line cut]` : text));
    parts = [];
    sizeBytes = 0;
    cut = false;
  };

  return {
    push(chunk) {
      let start = 0;
      for (let at = nextBreak(chunk, 0); at !== -1; at = nextBreak(chunk, start)) {
        const completesReturn = afterReturn && at === start && chunk[at] === lineFeed && sizeBytes === 0;
        add(chunk.subarray(start, at));
        if (!completesReturn) flush();
        afterReturn = chunk[at] === carriageReturn;
        start = at + 1;
      }
      if (start < chunk.length) afterReturn = false;
      add(chunk.subarray(start));
    },
    end() {
      if (sizeBytes > 0 || cut) flush();
    },
  };
}

function nextBreak(chunk: Uint8Array, from: number): number {
  for (let at = from; at < chunk.length; at++) {
    const byte = chunk[at];
    if (byte === lineFeed || byte === carriageReturn) return at;
  }
  return -1;
}
