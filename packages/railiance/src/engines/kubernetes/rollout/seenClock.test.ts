import assert from 'node:assert/strict';
import { test } from 'node:test';

import { createSeenClock } from './seenClock.ts';

test('the clock stands still from the first watch that is cut to the last that sees again', () => {
  let real = 1000;
  const clock = createSeenClock(() => real);
  const [pods, events] = [clock.sight(), clock.sight()];
  pods(true);
  events(true);
  real = 1500;
  assert.equal(clock.nowMs(), 1500);
  pods(false);
  real = 1700;
  events(false);
  real = 2000;
  assert.equal(clock.nowMs(), 1500);
  pods(true);
  real = 2500;
  assert.equal(clock.nowMs(), 1500);
  events(true);
  real = 2600;
  assert.equal(clock.nowMs(), 1600);
  events(false);
  events(true);
  assert.equal(clock.nowMs(), 1600);
});
