import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';

import { formatLine, parseLine } from './lineFormat.ts';

const at = '2026-01-01T00:00:00.000Z';

test('any line comes back from the file as it was, in one line of it', () => {
  const text = fc.string({
    unit: fc.oneof(fc.constantFrom('\r', '\u2028', '\u2029', ' ', '\t'), fc.string()),
    maxLength: 20,
  });
  fc.assert(
    fc.property(text, fc.constantFrom('stdout' as const, 'stderr' as const), (line, stream) => {
      const written = formatLine({ at, instance: 'one', stream, line });
      assert.equal(written.indexOf('\n'), written.length - 1);
      const seen = line.replaceAll('\n', '␊');
      assert.deepEqual(parseLine(written, 'one'), [{ at, instance: 'one', stream, line: seen }]);
    }),
  );
});

test('a line that a crash cut off is none, wherever it was cut', () => {
  const written = formatLine({ at, instance: 'one', stream: 'stdout', line: 'GET /probes in 3 ms' });
  for (let end = 0; end < written.length; end++) assert.deepEqual(parseLine(written.slice(0, end), 'one'), []);
});
