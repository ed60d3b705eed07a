import assert from 'node:assert/strict';
import { test } from 'node:test';

import fc from 'fast-check';

import { formatAge, formatDuration, formatSize, plural } from './format.ts';

test('durations are said in the two units that matter', () => {
  const cases: readonly (readonly [number, string])[] = [
    [0, '0 ms'],
    [45.4, '45 ms'],
    [999.4, '999 ms'],
    [999.6, '1.0 s'],
    [59_940, '59.9 s'],
    [59_990, '1 min'],
    [125_000, '2 min 5 s'],
    [3_600_000, '1 h'],
    [12_000_000, '3 h 20 min'],
    [176_400_000, '2 d 1 h'],
  ];
  for (const [ms, text] of cases) assert.equal(formatDuration(ms), text);
});

test('sizes have three digits at most before the unit', () => {
  const cases: readonly (readonly [number, string])[] = [
    [0, '0 B'],
    [1023, '1023 B'],
    [1536, '1.5 KiB'],
    [1_048_575, '1.0 MiB'],
    [104_857_600, '100 MiB'],
    [5 * 1024 ** 4, '5.0 TiB'],
  ];
  for (const [bytes, text] of cases) assert.equal(formatSize(bytes), text);
  fc.assert(fc.property(fc.nat(), (bytes) => assert.match(formatSize(bytes), /^\d{1,4}(\.\d)? ([KMGT]i)?B$/)));
});

test('ages are said from now', () => {
  const now = new Date('2030-01-10T12:00:00Z');
  const cases = {
    '2030-01-10T11:59:58Z': 'just now',
    '2030-01-10T11:59:30Z': '30 s ago',
    '2030-01-10T11:55:00Z': '5 min ago',
    '2030-01-09T12:00:00Z': '24 h ago',
    '2030-01-05T12:00:00Z': '5 d ago',
    '2030-01-10T12:05:00Z': 'in 5 min',
  };
  for (const [from, text] of Object.entries(cases)) assert.equal(formatAge(new Date(from), now), text);
});

test('one is not many', () => {
  assert.equal(plural(1, 'step'), '1 step');
  assert.equal(plural(0, 'entry', 'entries'), '0 entries');
});
