import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bottleneckSeverity, friction, frictionBand, health } from './health.ts';

const none = { annotations: 0, errors: 0, regressed: 0, staleCandidates: 0 };
const frictions: readonly [Partial<typeof none>, number, number][] = [
  [{}, 0, 0],
  [{ annotations: 3 }, 15, 0],
  [{ annotations: 4 }, 20, 1],
  [{ errors: 4 }, 40, 2],
  [{ annotations: 1, errors: 1, regressed: 1, staleCandidates: 1 }, 43, 2],
  [{ regressed: 3 }, 60, 3],
  [{ errors: 50 }, 100, 3],
];
for (const [burden, value, band] of frictions) {
  test(`friction of ${JSON.stringify(burden)} is ${value}, band ${band}`, () => {
    assert.equal(friction({ ...none, ...burden }), value);
    assert.equal(frictionBand(value), band);
  });
}

test('health takes off for what is open, and never below nothing', () => {
  const clean = { openCandidates: 0, regressed: 0, staleDecisions: 0, criticalBottlenecks: 0, highBottlenecks: 0 };
  assert.equal(health(clean), 100);
  assert.equal(
    health({ openCandidates: 1, regressed: 1, staleDecisions: 1, criticalBottlenecks: 1, highBottlenecks: 1 }),
    59,
  );
  assert.equal(health({ ...clean, regressed: 11 }), 0);
});

test('a bottleneck is high at its limit and critical at twice that', () => {
  assert.deepEqual(
    [29, 30, 59, 60].map((days) => bottleneckSeverity(days, 30)),
    [undefined, 'high', 'high', 'critical'],
  );
});
