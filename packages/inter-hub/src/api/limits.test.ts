import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ApiKey } from './keyStore.ts';
import { createLimits } from './limits.ts';
import { Problem } from './problem.ts';

function key(id: string, ratePerMinute: number, dailyQuota = 1_000_000): ApiKey {
  return { id, consumerId: id, consumer: id, scopes: [], ratePerMinute, dailyQuota, expiresAt: null, revokedAt: null };
}

function allowed(take: () => void, tries: number): number {
  let passed = 0;
  for (let i = 0; i < tries; i += 1) {
    try {
      take();
      passed += 1;
    } catch (error) {
      assert.ok(error instanceof Problem && error.status === 429 && Number(error.headers['Retry-After']) > 0);
    }
  }
  return passed;
}

test('a flood ten times the limit passes only the limit, and others are unharmed', () => {
  const limits = createLimits(() => new Date('2026-01-01T00:00:00Z'));
  assert.equal(
    allowed(() => limits.take(key('flood', 60)), 600),
    60,
  );
  assert.equal(
    allowed(() => limits.take(key('calm', 60)), 10),
    10,
  );
});

test('the bucket fills again with time', () => {
  let now = Date.parse('2026-01-01T00:00:00Z');
  const limits = createLimits(() => new Date(now));
  allowed(() => limits.take(key('a', 60)), 60);
  now += 10_000;
  assert.equal(
    allowed(() => limits.take(key('a', 60)), 60),
    10,
  );
});

test('the daily quota ends at midnight UTC and counts other instances', () => {
  let now = Date.parse('2026-01-01T23:00:00Z');
  const limits = createLimits(() => new Date(now));
  limits.take(key('a', 600, 100));
  limits.counted(new Map([['a', 90]]));
  assert.equal(
    allowed(() => limits.take(key('a', 600, 100)), 50),
    10,
  );
  now += 3_600_000;
  assert.equal(
    allowed(() => limits.take(key('a', 600, 100)), 200),
    100,
  );
});
