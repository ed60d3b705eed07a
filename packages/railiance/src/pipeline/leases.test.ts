import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { target } from '../domain/name.ts';
import { createFakeClock } from '../testing/fakeClock.ts';
import { createMemoryLeaseStore } from '../testing/memoryLeaseStore.ts';
import type { Lease } from './lease.ts';
import type { LeaseStore } from './leaseStore.ts';
import { createLeases, type TakeRequest } from './leases.ts';

const canary = target('probe', 'canary');
const ttlMs = 1_000;

function world() {
  const clock = createFakeClock();
  const store = createMemoryLeaseStore();
  const alive = new Set([1, 2, 3]);
  const leasesOf = (pid: number, host = 'here', bootId = 'boot', over: LeaseStore = store) => {
    const self = { owner: `user${pid}`, host, pid, processStartedAt: String(pid), bootId };
    return createLeases({ store: over, clock, self: () => self, isAlive: (process) => alive.has(process.pid), ttlMs });
  };
  return { clock, store, alive, leasesOf };
}

const request = (more: Partial<TakeRequest> = {}): TakeRequest => ({
  command: 'railiance deploy probe',
  runIdOf: (fencing) => `00000${fencing}-00000000`,
  ...more,
});

const isLost = { name: 'Failure', exitCode: 3 };

describe('a lease', () => {
  test('is refused while another process holds it, naming who, where, what and since when', async () => {
    const { leasesOf } = world();
    await leasesOf(1).take(canary, request());
    await assert.rejects(leasesOf(2).take(canary, request()), (error: Error & { exitCode: number }) => {
      assert.equal(error.exitCode, 3);
      for (const word of [
        'probe@canary',
        'user1',
        'here',
        'process 1',
        'railiance deploy',
        '000001-00000000',
        '2026',
      ]) {
        assert.ok(error.message.includes(word), `${word} in ${error.message}`);
      }
      return true;
    });
  });

  test('leaves other targets alone', async () => {
    const { leasesOf } = world();
    await leasesOf(1).take(canary, request());
    assert.equal((await leasesOf(2).take(target('other', 'canary'), request())).fencing, 1);
  });

  test('is free at once when it is released, and its number grows', async () => {
    const { leasesOf } = world();
    const first = await leasesOf(1).take(canary, request());
    await first.release();
    const second = await leasesOf(2).take(canary, request());
    assert.deepEqual([first.fencing, second.fencing], [1, 2]);
    assert.equal(second.runId, '000002-00000000');
  });

  test('of a dead process is free at once, also after a reboot', async () => {
    const { leasesOf, alive } = world();
    await leasesOf(1).take(canary, request());
    alive.delete(1);
    assert.equal((await leasesOf(2).take(canary, request())).fencing, 2);
    assert.equal((await leasesOf(3, 'here', 'next boot').take(canary, request())).fencing, 3);
  });

  test('of a process on another host is not judged by a process id of this one', async () => {
    const { leasesOf, alive } = world();
    await leasesOf(1, 'there').take(canary, request());
    alive.delete(1);
    await assert.rejects(leasesOf(2).take(canary, request()), isLost);
  });

  test('is kept as long as its heart beats, whatever the clock on the wall says', async () => {
    const { leasesOf, clock } = world();
    const lease = await leasesOf(1, 'there').take(canary, request());
    const waiting = assert.rejects(leasesOf(2).take(canary, request({ waitMs: 10_000 })), isLost);
    for (let second = 0; second < 12; second++) {
      clock.setWallClock(new Date(Date.UTC(2026, 0, 1, second % 2 === 0 ? 5 : 1)));
      await clock.advance(ttlMs);
      await lease.check();
    }
    await waiting;
    assert.equal(lease.signal.aborted, false);
  });

  test('whose heart stands still is taken after a whole ttl, not before', async () => {
    const { leasesOf, clock, store } = world();
    const still: LeaseStore = { ...store, beat: () => new Promise<never>(() => {}) };
    const lease = await leasesOf(1, 'there', 'boot', still).take(canary, request());
    const taken: Lease[] = [];
    const waiting = leasesOf(2).take(canary, request({ waitMs: 10_000 }));
    void waiting.then((other) => taken.push(other));
    await clock.advance(ttlMs - 1);
    assert.deepEqual(taken, []);
    assert.equal(lease.signal.aborted, true, 'the holder stops before anybody else begins');
    await clock.advance(ttlMs / 10);
    assert.equal((await waiting).fencing, 2);
  });

  test('is not taken by an observer that slept itself', async () => {
    const { leasesOf, clock, store } = world();
    await store.create(canary, 1, { ...holderOn('there'), ttlMs });
    let looks = 0;
    const sleepy: LeaseStore = {
      ...store,
      async newest(of) {
        // Both were frozen between the first two looks: an hour has passed, and no heartbeat was possible.
        if (++looks === 2) clock.jump(3_600_000);
        return await store.newest(of);
      },
    };
    let taken = false;
    const waiting = leasesOf(2, 'here', 'boot', sleepy).take(canary, request({ waitMs: 7_200_000 }));
    void waiting.then(() => {
      taken = true;
    });
    await clock.advance(ttlMs / 10);
    assert.ok(looks >= 2);
    assert.equal(taken, false);
    await clock.advance(2 * ttlMs);
    assert.equal((await waiting).fencing, 2);
  });

  test('stops what works under it when the store refuses, fails or does not answer a heartbeat', async () => {
    const answers: Record<string, LeaseStore['beat']> = {
      refuses: async () => false,
      fails: async () => {
        throw new Error('EIO');
      },
      'does not answer': () => new Promise<never>(() => {}),
    };
    for (const [name, beat] of Object.entries(answers)) {
      const { leasesOf, clock, store } = world();
      const lease = await leasesOf(1, 'here', 'boot', { ...store, beat }).take(canary, request());
      await clock.advance(ttlMs * 0.95);
      assert.equal(lease.signal.aborted, true, name);
      await assert.rejects(lease.check(), isLost, name);
    }
  });

  test('survives a heartbeat that fails once', async () => {
    const { leasesOf, clock, store } = world();
    let beats = 0;
    const once: LeaseStore['beat'] = async (...args) => {
      if (beats++ === 1) throw new Error('EIO');
      return await store.beat(...args);
    };
    const lease = await leasesOf(1, 'here', 'boot', { ...store, beat: once }).take(canary, request());
    await clock.advance(5 * ttlMs);
    await lease.check();
  });

  test('is found lost by a holder that was stopped for longer than it lasts, even where nobody took it', async () => {
    const { leasesOf, clock } = world();
    const lease = await leasesOf(1).take(canary, request());
    clock.jump(ttlMs);
    // Asked before the heartbeat gets its turn: whoever watches may be about to take it.
    await assert.rejects(lease.check(), isLost);
    assert.equal(lease.signal.aborted, true);
  });

  test('is found lost where it was taken over', async () => {
    const { leasesOf, store } = world();
    const lease = await leasesOf(1).take(canary, request());
    await store.create(canary, 2, holderOn('there'));
    await assert.rejects(lease.check(), isLost);
    await lease.release();
    assert.equal((await store.newest(canary))?.released, false);
  });

  test('is not waited for any longer once the person stops waiting', async () => {
    const { leasesOf } = world();
    await leasesOf(1).take(canary, request());
    const stop = new AbortController();
    const told: string[] = [];
    const waiting = leasesOf(2).take(
      canary,
      request({ waitMs: 60_000, signal: stop.signal, onWaiting: (holder) => told.push(holder) }),
    );
    const refused = assert.rejects(waiting, isLost);
    await new Promise((resolve) => setImmediate(resolve));
    stop.abort();
    await refused;
    assert.equal(told.length, 1);
    assert.match(told[0] ?? '', /user1 on here, process 1/);
  });
});

function holderOn(host: string) {
  return {
    owner: 'ada',
    host,
    pid: 9,
    processStartedAt: '9',
    bootId: 'boot',
    command: 'railiance deploy probe',
    runId: '000009-00000000',
    since: '2026-01-01T00:00:00.000Z',
    ttlMs,
  };
}
