import type { Readable } from 'node:stream';

/**
 * Calls `onLine` with each line of a stream, as text, and `onTooLong` once where a line exceeds `longestBytes`; nothing is
 * read after that. What follows the last line feed is not a line.
 */
export function readLines(
  stream: Readable,
  longestBytes: number,
  { onLine, onTooLong }: { readonly onLine: (line: string) => void; readonly onTooLong: () => void },
): void {
  let begun: Buffer[] = [];
  let begunBytes = 0;
  const onData = (chunk: Buffer) => {
    for (let at = 0; at < chunk.length; ) {
      const end = chunk.indexOf(0x0a, at);
      const part = chunk.subarray(at, end < 0 ? chunk.length : end);
      begun.push(part);
      begunBytes += part.length;
      if (begunBytes > longestBytes) {
        stream.off('data', onData);
        return onTooLong();
      }
      if (end < 0) return;
      const line = Buffer.concat(begun).toString();
      begun = [];
      begunBytes = 0;
      at = end + 1;
      onLine(line);
    }
  };
  stream.on('data', onData);
}
