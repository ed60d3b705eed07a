import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Delivery, measure, median, rate } from './delivery.ts';

const day = 86_400_000;
const hour = 3_600_000;

function delivery(atDay: number, more: Partial<Delivery> = {}): Delivery {
  const good = { kind: 'deploy', committedMs: null, failed: false, brokenMs: null, restoredMs: null } as const;
  return { ...good, finishedMs: atDay * day + hour, ...more };
}

test('days without deployments count in the frequency', () => {
  const three = [delivery(0), delivery(0), delivery(3)];
  assert.deepEqual(measure(three, 0, 7 * day).frequency, { value: 0, n: 3 });
  assert.deepEqual(
    measure(
      [0, 1, 2, 3].map((d) => delivery(d)),
      0,
      7 * day,
    ).frequency,
    { value: 1, n: 4 },
  );
});

test('nothing to measure is nothing, not zero', () => {
  const { frequency, leadTime, failureRate, timeToRestore } = measure([], 0, day);
  for (const one of [frequency, leadTime, failureRate, timeToRestore]) assert.deepEqual(one, { value: null, n: 0 });
});

test('rollbacks are no deployments, and what is outside the window does not count', () => {
  const { failureRate } = measure(
    [delivery(1), delivery(2, { kind: 'rollback' }), delivery(9, { failed: true })],
    0,
    7 * day,
  );
  assert.deepEqual(failureRate, { value: 0, n: 1 });
});

test('lead time and time to restore are medians over those that have them', () => {
  const made = [
    delivery(1, { committedMs: day }),
    delivery(2, { committedMs: 2 * day - 2 * hour, failed: true, brokenMs: 2 * day, restoredMs: 2 * day + 600_000 }),
    delivery(3),
  ];
  const { leadTime, failureRate, timeToRestore } = measure(made, 0, 7 * day);
  assert.deepEqual(leadTime, { value: 2 * hour, n: 2 });
  assert.equal(failureRate.value, 1 / 3);
  assert.deepEqual(timeToRestore, { value: 600_000, n: 1 });
});

const ratings: readonly [Parameters<typeof rate>[0], number, number, string | undefined][] = [
  ['frequency', 3, 4, undefined],
  ['frequency', 3, 20, 'elite'],
  ['frequency', 0.5, 20, 'high'],
  ['frequency', 0, 20, 'low'],
  ['leadTime', hour, 5, 'elite'],
  ['leadTime', 8 * day, 5, 'medium'],
  ['failureRate', 0.05, 10, 'elite'],
  ['failureRate', 0.4, 10, 'low'],
  ['timeToRestore', 2 * hour, 5, 'high'],
];
for (const [name, value, n, expected] of ratings) {
  test(`${name} of ${value} from ${n} is rated ${expected}`, () => assert.equal(rate(name, { value, n }), expected));
}

test('a median lies among the values, half of them on each side', () => {
  fc.assert(
    fc.property(fc.array(fc.integer(), { minLength: 1 }), (values) => {
      const middle = median(values) ?? Number.NaN;
      assert.ok(values.filter((value) => value <= middle).length >= values.length / 2);
      assert.ok(values.filter((value) => value >= middle).length >= values.length / 2);
    }),
  );
});
