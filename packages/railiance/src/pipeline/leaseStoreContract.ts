import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';

import { target } from '../domain/name.ts';
import type { LeaseHolder, LeaseStore } from './leaseStore.ts';

const canary = target('probe', 'canary');

export const holder: LeaseHolder = {
  owner: 'ada',
  host: 'here',
  pid: 42,
  processStartedAt: '1',
  bootId: 'boot',
  command: 'railiance deploy probe',
  runId: '000001-00000000',
  since: '2026-01-01T00:00:00.000Z',
  ttlMs: 1_000,
};

/** What every lease store does; `open` gives an empty one. */
export function leaseStoreContract(name: string, open: () => Promise<LeaseStore>): void {
  describe(`lease store: ${name}`, () => {
    test('has nothing for a target that never had a lease', async () => {
      assert.equal(await (await open()).newest(canary), undefined);
    });

    test('gives the newest lease with its holder', async () => {
      const store = await open();
      assert.equal(await store.create(canary, 1, holder), true);
      const newest = await store.newest(canary);
      assert.deepEqual({ ...newest, heartbeat: '' }, { fencing: 1, holder, released: false, heartbeat: '' });
      assert.equal(await store.newest(target('probe', 'production')), undefined);
    });

    test('gives each number to one of many that want it', async () => {
      const store = await open();
      for (let fencing = 1; fencing <= 5; fencing++) {
        const wins = await Promise.all(
          Array.from({ length: 10 }, async (_, pid) => await store.create(canary, fencing, { ...holder, pid })),
        );
        assert.equal(wins.filter(Boolean).length, 1);
        const newest = await store.newest(canary);
        assert.equal(newest?.holder.pid, wins.indexOf(true));
      }
    });

    test('never gives a number again, however long ago it was', async () => {
      const store = await open();
      for (let fencing = 1; fencing <= 40; fencing++) {
        assert.equal(await store.create(canary, fencing, holder), true);
        await store.release(canary, fencing);
      }
      for (const fencing of [1, 20, 39, 40]) {
        assert.equal(await store.create(canary, fencing, holder), false, `number ${fencing}`);
      }
      assert.equal((await store.newest(canary))?.fencing, 40);
    });

    test('changes the heartbeat at each beat of the newest lease only', async () => {
      const store = await open();
      await store.create(canary, 1, holder);
      const seen = new Set<string | undefined>();
      for (let beat = 0; beat < 3; beat++) {
        seen.add((await store.newest(canary))?.heartbeat);
        await wait(5);
        assert.equal(await store.beat(canary, 1), true);
      }
      assert.equal(seen.size, 3);
      await store.create(canary, 2, holder);
      const before = await store.newest(canary);
      assert.equal(await store.beat(canary, 1), false);
      assert.deepEqual(await store.newest(canary), before);
    });

    test('releases a lease for good, and does not mind doing it again or too late', async () => {
      const store = await open();
      await store.create(canary, 1, holder);
      await store.release(canary, 1);
      await store.release(canary, 1);
      assert.equal((await store.newest(canary))?.released, true);
      assert.equal(await store.beat(canary, 1), false);
      await store.create(canary, 2, holder);
      await store.release(canary, 1);
      assert.equal((await store.newest(canary))?.released, false);
    });
  });
}
