import assert from 'node:assert/strict';
import { test } from 'node:test';
import { digest, duration, percent, when } from './text.ts';

const durations: readonly [number | null, string][] = [
  [null, '–'],
  [0, '0 ms'],
  [340, '340 ms'],
  [2_440, '2.4 s'],
  [59_900, '1 min'],
  [61_000, '1 min 1 s'],
  [3_600_000, '1 h'],
  [93_600_000, '1 d 2 h'],
  [86_401_000, '1 d'],
];
for (const [ms, text] of durations) {
  test(`${ms} ms reads ${text}`, () => assert.equal(duration(ms), text));
}

test('a moment says how long ago, and when exactly', () => {
  const now = new Date('2026-01-01T12:00:00Z');
  const shown = String(when(new Date('2026-01-01T09:30:00Z'), now));
  assert.match(shown, /2 h ago/);
  assert.match(shown, /datetime="2026-01-01T09:30:00.000Z"/);
  assert.match(String(when(new Date('2026-01-01T12:10:00Z'), now)), /in 10 min/);
});

test('text from outside is escaped', () => {
  assert.match(String(digest('sha256:"><script>')), /&quot;&gt;&lt;script&gt;/);
});

test('shares are percent', () => assert.equal(percent(0.125), '12.5 %'));
