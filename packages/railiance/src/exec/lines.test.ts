import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';

import { createLineReader } from './lines.ts';
import { createRedactor, redactNothing } from './redact.ts';

function linesOf(chunks: readonly Uint8Array[], redact = redactNothing): string[] {
  const lines: string[] = [];
  const reader = createLineReader(redact, (line) => lines.push(line));
  for (const chunk of chunks) reader.push(chunk);
  reader.end();
  return lines;
}

const bytes = (...texts: string[]) => texts.map((text) => Buffer.from(text));

const cases: readonly [string, Uint8Array[], string[]][] = [
  ['LF', bytes('a\nb\n'), ['a', 'b']],
  ['CRLF', bytes('a\r\nb\r\n'), ['a', 'b']],
  ['CRLF over two chunks', bytes('a\r', '\nb'), ['a', 'b']],
  ['CR alone', bytes('10%\r20%\r'), ['10%', '20%']],
  ['empty lines', bytes('\n\na'), ['', '', 'a']],
  ['a character over two chunks', [Buffer.from([0xc3]), Buffer.from([0xa4])], ['ä']],
  ['nothing', bytes('', ''), []],
];

for (const [name, chunks, expected] of cases) {
  test(`lines end at ${name}`, () => assert.deepEqual(linesOf(chunks), expected));
}

test('lines do not depend on how the bytes come', () => {
  const text = fc.string({ unit: fc.constantFrom('a', 'ä', '\n', '\r', '\r\n'), maxLength: 30 });
  fc.assert(
    fc.property(text, fc.integer({ min: 1, max: 5 }), (whole, size) => {
      const buffer = Buffer.from(whole);
      const chunks = [];
      for (let at = 0; at < buffer.length; at += size) chunks.push(buffer.subarray(at, at + size));
      assert.deepEqual(linesOf(chunks), linesOf([buffer]));
    }),
  );
});

test('a secret that comes in pieces is taken out, on the edge of a cut line too', () => {
  const redact = createRedactor(['canary-value']);
  assert.deepEqual(linesOf(bytes('key=cana', 'ry-value\n'), redact), ['key=[secret]']);
  const [line = ''] = linesOf(bytes(`${'x'.repeat(16 * 1024 - 4)}canary-value and ${'y'.repeat(200)}\n`), redact);
  assert.match(line, /\[line cut\]$/);
  assert.doesNotMatch(line, /cana/);
});
