import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { inspect } from 'node:util';

import { target } from '../domain/name.ts';
import { Secret, type Secrets } from '../domain/secret.ts';
import type { SecretStore } from './secretStore.ts';

const canary = target('probe', 'canary');
const production = target('probe', 'production');
const values = (pairs: Record<string, string>): Secrets =>
  Object.fromEntries(Object.entries(pairs).map(([name, text]) => [name, new Secret(text)]));
const revealed = (secrets: Secrets) =>
  Object.fromEntries(Object.entries(secrets).map(([name, value]) => [name, value.reveal()]));

/** What every secret store does; `open` gives an empty one. */
export function secretStoreContract(name: string, open: () => Promise<SecretStore>): void {
  describe(`secret store: ${name}`, () => {
    test('gives back what was put, whatever the text', async () => {
      const store = await open();
      const texts = { PLAIN: 'a', EMPTY: '', LINES: 'a\nb\r\n', UNICODE: 'ü🔑\u0000\ud800', QUOTES: `'"\\$\{A}` };
      const version = await store.put(canary, values(texts));
      assert.deepEqual(revealed(await store.get(canary, version)), texts);
    });

    test('has a version for no secrets at all', async () => {
      const store = await open();
      assert.deepEqual(await store.get(canary, await store.put(canary, {})), {});
    });

    test('gives the same version for the same values in any order, another for others', async () => {
      const store = await open();
      const version = await store.put(canary, values({ A: '1', B: '2' }));
      assert.equal(await store.put(canary, values({ B: '2', A: '1' })), version);
      assert.deepEqual(await store.versions(canary), [version]);
      const others = [{ A: '2', B: '1' }, { A: '1' }, { A: '1', B: '2', C: '' }, { AB: '12' }];
      const versions = await Promise.all(others.map(async (other) => await store.put(canary, values(other))));
      assert.equal(new Set([version, ...versions]).size, others.length + 1);
    });

    test('keeps old versions as they were', async () => {
      const store = await open();
      const first = await store.put(canary, values({ A: 'old' }));
      const second = await store.put(canary, values({ A: 'new' }));
      assert.deepEqual(revealed(await store.get(canary, first)), { A: 'old' });
      assert.deepEqual(await store.versions(canary), [first, second].sort());
    });

    test('knows the version that was put last, also when it was put before', async () => {
      const store = await open();
      assert.equal(await store.latest(canary), undefined);
      const first = await store.put(canary, values({ A: '1' }));
      const second = await store.put(canary, values({ A: '2' }));
      assert.equal(await store.latest(canary), second);
      await store.put(canary, values({ A: '1' }));
      assert.equal(await store.latest(canary), first);
      await store.remove(canary, first);
      assert.equal(await store.latest(canary), second);
    });

    test('keeps stages apart', async () => {
      const store = await open();
      const version = await store.put(canary, values({ A: '1' }));
      assert.deepEqual(await store.versions(production), []);
      await assert.rejects(store.get(production, version), { name: 'Failure' });
    });

    test('removes one version, and does not mind removing it again', async () => {
      const store = await open();
      const kept = await store.put(canary, values({ A: '1' }));
      const removed = await store.put(canary, values({ A: '2' }));
      await store.remove(canary, removed);
      await store.remove(canary, removed);
      assert.deepEqual(await store.versions(canary), [kept]);
      await assert.rejects(store.get(canary, removed), { name: 'Failure' });
    });

    test('refuses a version that is a path', async () => {
      const store = await open();
      for (const version of ['../../x', '', '.', 'a'.repeat(63), `${'a'.repeat(64)}/x`]) {
        await assert.rejects(store.get(canary, version), { name: 'Failure' });
        await assert.rejects(store.remove(canary, version), { name: 'Failure' });
      }
    });

    test('stores the same values from many at once as one version', async () => {
      const store = await open();
      const put = async () => await store.put(canary, values({ A: '1', B: '2' }));
      const versions = await Promise.all(Array.from({ length: 20 }, put));
      assert.equal(new Set(versions).size, 1);
      assert.equal((await store.versions(canary)).length, 1);
    });

    test('shows no value when it is printed', async () => {
      const store = await open();
      const version = await store.put(canary, values({ A: 'hush-hush' }));
      const read = await store.get(canary, version);
      assert.doesNotMatch(`${inspect(read)}${JSON.stringify(read)}${version}`, /hush/);
    });
  });
}
