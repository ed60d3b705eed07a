import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { finished } from 'node:stream/promises';
import { test } from 'node:test';
import fc from 'fast-check';

import { readLines } from './jsonLines.ts';

async function linesOf(chunks: readonly Buffer[], longestBytes = 1_000) {
  const stream = new PassThrough();
  const lines: string[] = [];
  let tooLong = 0;
  readLines(stream, longestBytes, { onLine: (line) => lines.push(line), onTooLong: () => void tooLong++ });
  for (const chunk of chunks) stream.write(chunk);
  stream.end();
  await finished(stream.resume());
  return { lines, tooLong };
}

function cut(bytes: Buffer, sizes: readonly number[]): Buffer[] {
  const chunks: Buffer[] = [];
  let at = 0;
  for (let i = 0; at < bytes.length; i++) {
    const size = sizes[i % sizes.length] ?? 1;
    chunks.push(bytes.subarray(at, at + size));
    at += size;
  }
  return chunks;
}

const line = fc.string({ unit: fc.constantFrom('a', 'ä', '🎈', '\r', '\0', '"'), maxLength: 12 });
const sizes = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 5 });

test('lines come whole and in order however the bytes come, and what has no end is none', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(line), line, sizes, async (lines, rest, pieces) => {
      const bytes = Buffer.from(lines.map((one) => `${one}\n`).join('') + rest);
      assert.deepEqual(await linesOf(cut(bytes, pieces)), { lines, tooLong: 0 });
    }),
    { numRuns: 60 },
  );
});

test('a line that is too long is told once, and nothing after it is read', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(line), sizes, async (lines, pieces) => {
      const bytes = Buffer.from(
        `${lines.map((one) => `${one}\n`).join('')}${'x'.repeat(101)}\nafter\n${'y'.repeat(300)}`,
      );
      assert.deepEqual(await linesOf(cut(bytes, pieces), 100), { lines, tooLong: 1 });
    }),
    { numRuns: 60 },
  );
});
