import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';

import { all, Permits } from './permits.ts';

async function mostAtOnce(permits: Permits, count: number): Promise<number> {
  let running = 0;
  let most = 0;
  const work = async () => {
    most = Math.max(most, ++running);
    await wait(1);
    running -= 1;
  };
  await Promise.all(Array.from({ length: count }, () => permits.run(work)));
  return most;
}

test('no more run at once than there are permits, also after they were made fewer', async () => {
  const permits = new Permits(4);
  assert.equal(await mostAtOnce(permits, 20), 4);
  permits.narrow(1);
  assert.equal(await mostAtOnce(permits, 5), 1);
  permits.narrow(3);
  assert.equal(permits.limit, 1);
});

test('permits that are out when they are made fewer are not given out again', async () => {
  const permits = new Permits(2);
  await permits.take();
  await permits.take();
  permits.narrow(1);
  permits.release();
  assert.equal(permits.tryTake(), false);
  permits.release();
  assert.equal(permits.tryTake(), true);
});

test('after the first failure the others are told, waited for, and the first is thrown', async () => {
  const seen: string[] = [];
  const slow = async (signal: AbortSignal) => {
    await wait(1000, undefined, { signal }).catch(() => seen.push('stopped'));
  };
  const failing = async () => {
    throw new Error('first');
  };
  await assert.rejects(all(undefined, [slow, failing, slow]), /first/);
  assert.deepEqual(seen, ['stopped', 'stopped']);
});
