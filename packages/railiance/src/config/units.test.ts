import assert from 'node:assert/strict';
import { test } from 'node:test';

import { durationMs, durationPattern, sizeBytes, sizePattern } from './units.ts';

test('durations are read as milliseconds', () => {
  const cases = { '500ms': 500, '30s': 30_000, '5m': 300_000, '1h30m': 5_400_000, '1.5s': 1500, '2d': 172_800_000 };
  for (const [text, ms] of Object.entries(cases)) {
    assert.match(text, durationPattern);
    assert.equal(durationMs(text), ms, text);
  }
});

test('what is no duration is not taken for one', () => {
  for (const text of ['30', '', 's', '-5s', '5 s', '1e3s', '5S', `${'9'.repeat(20)}s`])
    assert.doesNotMatch(text, durationPattern);
});

test('sizes are read as bytes', () => {
  const cases = {
    '512': 512,
    '64Ki': 65_536,
    '256Mi': 268_435_456,
    '1.5Gi': 1_610_612_736,
    '500M': 500_000_000,
    '1GiB': 2 ** 30,
    '2k': 2000,
  };
  for (const [text, bytes] of Object.entries(cases)) {
    assert.match(text, sizePattern);
    assert.equal(sizeBytes(text), bytes, text);
  }
});

test('what is no size is not taken for one', () => {
  for (const text of ['', 'Mi', '-1Mi', '256 Mi', '1Pi', '1e9', '256mi']) assert.doesNotMatch(text, sizePattern);
});
