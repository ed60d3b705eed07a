import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { target } from '../domain/name.ts';
import { sampleRelease } from '../testing/sampleRelease.ts';
import type { ReleaseStore } from './releaseStore.ts';

const canary = target('probe', 'canary');

/** What every release store does; `open` gives an empty one. */
export function releaseStoreContract(name: string, open: () => Promise<ReleaseStore>): void {
  describe(`release store: ${name}`, () => {
    test('has nothing for a target that was never released', async () => {
      const store = await open();
      assert.equal(await store.head(canary), undefined);
      assert.equal(await store.newest(canary), undefined);
      assert.deepEqual(await store.list(canary), []);
      assert.deepEqual(await store.targets(), []);
      await assert.rejects(store.get(canary, 1), { name: 'Failure', exitCode: 2 });
    });

    test('numbers releases from 1, the newest being the head', async () => {
      const store = await open();
      for (const [at, tag] of ['v1', 'v2', 'v3'].entries()) {
        const release = await store.record(sampleRelease(tag), at + 10);
        assert.deepEqual(release, { ...sampleRelease(tag), number: at + 1 });
        assert.deepEqual(await store.get(canary, at + 1), release);
        assert.deepEqual(await store.head(canary), { current: at + 1, fencing: at + 10 });
        assert.deepEqual(await store.newest(canary), release);
      }
      assert.deepEqual(
        (await store.list(canary)).map(({ number }) => number),
        [3, 2, 1],
      );
    });

    test('returns what is there for a run that recorded already, also an older one', async () => {
      const store = await open();
      const first = await store.record(sampleRelease('v1'), 1);
      await store.record(sampleRelease('v2'), 2);
      assert.deepEqual(await store.record(sampleRelease('v1', { actor: 'somebody else' }), 3), first);
      assert.equal((await store.list(canary)).length, 2);
    });

    test('refuses a writer whose lease was lost', async () => {
      const store = await open();
      await store.record(sampleRelease('v1'), 5);
      await assert.rejects(store.record(sampleRelease('v2'), 4), { name: 'Failure', exitCode: 3 });
      await store.record(sampleRelease('v3'), 5);
      assert.deepEqual(await store.head(canary), { current: 2, fencing: 5 });
    });

    test('gives each of many writers a number of its own', async () => {
      const store = await open();
      const tags = Array.from({ length: 10 }, (_, at) => `v${at}`);
      const numbers = await Promise.all(tags.map(async (tag) => (await store.record(sampleRelease(tag), 1)).number));
      assert.deepEqual(
        numbers.sort((a, b) => a - b),
        tags.map((_, at) => at + 1),
      );
      assert.equal((await store.list(canary)).length, tags.length);
    });

    test('keeps apps and stages apart, and knows them all', async () => {
      const store = await open();
      await store.record(sampleRelease('v1'), 7);
      const other = await store.record(sampleRelease('v1', { stage: 'production' }), 1);
      assert.equal(other.number, 1);
      await store.record(sampleRelease('v1', { app: 'hub' }), 1);
      const labels = (await store.targets()).map(({ app, stage }) => `${app}@${stage}`);
      assert.deepEqual(labels.sort(), ['hub@canary', 'probe@canary', 'probe@production']);
    });
  });
}
