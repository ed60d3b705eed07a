import assert from 'node:assert/strict';
import { test } from 'node:test';

import { defaultRetry, delayBefore, isPassing } from './retry.ts';

const nowMs = Date.parse('2026-01-02T03:04:05Z');

const asked: readonly (readonly [header: string, ms: number])[] = [
  ['0', 0],
  ['7', 7000],
  [' 7 ', 7000],
  ['Fri, 02 Jan 2026 03:04:15 GMT', 10_000],
  ['999999999999999999999', defaultRetry.maxDelayMs],
  ['Fri, 02 Jan 2099 03:04:15 GMT', defaultRetry.maxDelayMs],
];

for (const [header, ms] of asked) {
  test(`Retry-After: ${header} waits ${ms} ms`, () => {
    assert.equal(delayBefore(1, header, defaultRetry, nowMs), ms);
  });
}

for (const header of ['-5', '1.5', '', 'soon', 'NaN', '1e9', 'Fri, 02 Jan 1970 03:04:15 GMT', '2026']) {
  test(`Retry-After: ${JSON.stringify(header)} is as good as ${header === '2026' ? 'its seconds' : 'none'}`, () => {
    const ms = delayBefore(1, header, defaultRetry, nowMs);
    if (header === '2026') assert.equal(ms, defaultRetry.maxDelayMs);
    else assert.ok(ms >= 150 && ms <= 250, `${ms}`);
  });
}

test('without it the wait grows, with jitter, up to a limit', () => {
  for (let attempt = 1; attempt < 40; attempt += 1) {
    const ms = delayBefore(attempt, undefined);
    const middle = Math.min(200 * 2 ** (attempt - 1), defaultRetry.maxDelayMs);
    assert.ok(ms >= middle * 0.74 && ms <= Math.min(middle * 1.26, defaultRetry.maxDelayMs), `${attempt}: ${ms}`);
  }
});

test('a full disk and a missing right are not repeated, an overload is', () => {
  assert.deepEqual(
    [400, 401, 403, 404, 408, 416, 429, 500, 501, 502, 503, 504, 507].filter(isPassing),
    [408, 429, 500, 502, 503, 504],
  );
});
