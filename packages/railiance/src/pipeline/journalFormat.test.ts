import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';

import type { RunEntry } from '../domain/runRecord.ts';
import { decodeJournal, encodeRecord } from './journalFormat.ts';

const entries: fc.Arbitrary<RunEntry> = fc.record({
  kind: fc.constant('undo-outcome' as const),
  step: fc.string(),
  problem: fc.string({ unit: 'binary' }),
  durationMs: fc.nat(),
});

function encode(list: readonly RunEntry[]): { bytes: Buffer; ends: number[] } {
  const lines: string[] = [];
  const ends: number[] = [];
  let prev = '';
  for (const [index, entry] of list.entries()) {
    const { line, hash } = encodeRecord(entry, { seq: index + 1, at: '2026-01-01T00:00:00.000Z', prev });
    lines.push(line);
    ends.push((ends.at(-1) ?? 0) + Buffer.byteLength(line));
    prev = hash;
  }
  return { bytes: Buffer.from(lines.join('')), ends };
}

const stepsOf = (bytes: Uint8Array) => decodeJournal(bytes).records.map((record) => 'step' in record && record.step);

describe('the format of a journal', () => {
  test('gives back what was written, one line each', () => {
    fc.assert(
      fc.property(fc.array(entries, { maxLength: 8 }), (list) => {
        const { bytes } = encode(list);
        const { records, validBytes } = decodeJournal(bytes);
        assert.equal(validBytes, bytes.length);
        assert.equal(bytes.toString().split('\n').length - 1, list.length);
        const plain = records.map(({ seq: _seq, at: _at, ...entry }) => entry);
        assert.deepEqual(plain, JSON.parse(JSON.stringify(list)));
      }),
    );
  });

  test('keeps every record before the first damage, and none after it', () => {
    const insertedNewline = { kind: 'insert' as const, at: 0.999_99, byte: 0x0a };
    const damage = fc.record({
      kind: fc.constantFrom('flip', 'cut', 'insert', 'drop'),
      at: fc.double({ min: 0, max: 0.999_999, noNaN: true }),
      byte: fc.integer({ min: 1, max: 255 }),
    });
    fc.assert(
      fc.property(fc.array(entries, { minLength: 1, maxLength: 8 }), damage, (list, { kind, at, byte }) => {
        const { bytes, ends } = encode(list);
        const place = Math.floor(at * bytes.length);
        const before = bytes.subarray(0, place);
        const after = bytes.subarray(place);
        const damaged = {
          flip: () => Buffer.concat([before, Buffer.from([(after[0] ?? 0) ^ byte]), after.subarray(1)]),
          cut: () => before,
          insert: () => Buffer.concat([before, Buffer.from([byte]), after]),
          drop: () => Buffer.concat([before, after.subarray(1)]),
        }[kind]();
        const whole = ends.filter((end) => end <= place).length;
        // Dropping or adding one of two equal bytes side by side may damage the line only later on.
        const decoded = decodeJournal(damaged);
        const found = decoded.records.length;
        assert.ok(found >= whole, `${found} of ${whole} whole records`);
        // An end of line beside the last one leaves every record whole, and an empty line behind them.
        const seen = found < list.length || decoded.validBytes < damaged.length;
        assert.ok(seen || damaged.equals(bytes), 'the damage was not seen');
        assert.deepEqual(stepsOf(damaged), stepsOf(bytes).slice(0, found));
      }),
      { examples: [[[{ kind: 'undo-outcome', step: '', problem: '', durationMs: 0 }], insertedNewline]] },
    );
  });

  test('refuses lines that are whole but not in their place', () => {
    const list: RunEntry[] = ['one', 'two', 'three'].map((step) => ({ kind: 'step-intent', step }));
    const lines = encode(list).bytes.toString().split('\n').slice(0, -1);
    const [one = '', two = '', three = ''] = lines;
    const other =
      encode([{ kind: 'step-intent', step: 'else' }, ...list.slice(1)])
        .bytes.toString()
        .split('\n')[1] ?? '';
    const cases = [
      { name: 'a lost line', lines: [one, three], valid: 1 },
      { name: 'swapped lines', lines: [one, three, two], valid: 1 },
      { name: 'a line twice', lines: [one, two, two], valid: 2 },
      { name: 'no beginning', lines: [two, three], valid: 0 },
      { name: 'a line of another journal', lines: [one, other, three], valid: 1 },
    ];
    for (const { name, lines, valid } of cases) {
      assert.equal(decodeJournal(Buffer.from(`${lines.join('\n')}\n`)).records.length, valid, name);
    }
  });
});
