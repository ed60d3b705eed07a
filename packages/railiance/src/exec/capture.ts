import type { Redactor } from './redact.ts';

/** How much of each stream a result holds. */
export const captureLimitBytes = 1024 * 1024;

/** The first bytes of a stream, as text. */
export interface Capture {
  push(chunk: Uint8Array): void;
  readonly truncated: boolean;
  text(): string;
}

/** Keeps the first 1 MiB, redacted, and of the rest only that it was there. */
export function createCapture(redact: Redactor): Capture {
  // More than is given out is kept, so that a secret on the edge is seen whole; its bytes may be four a character.
  const keptBytes = captureLimitBytes + redact.longest * 4;
  const chunks: Uint8Array[] = [];
  let sizeBytes = 0;
  let dropped = false;
  return {
    push(chunk) {
      const room = keptBytes - sizeBytes;
      if (chunk.length > room) dropped = true;
      if (room <= 0) return;
      chunks.push(Uint8Array.prototype.slice.call(chunk, 0, room));
      sizeBytes += Math.min(chunk.length, room);
    },
    get truncated() {
      return dropped || sizeBytes > captureLimitBytes;
    },
    text() {
      const text = redact(new TextDecoder().decode(Buffer.concat(chunks)));
      if (!dropped) return text.slice(0, captureLimitBytes);
      return text.slice(0, Math.max(0, Math.min(captureLimitBytes, text.length - redact.longest)));
    },
  };
}
