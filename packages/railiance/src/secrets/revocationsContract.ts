import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { target } from '../domain/name.ts';
import type { Revocation, Revocations } from './revocations.ts';

const canary = target('probe', 'canary');
const [one, two] = ['1'.repeat(64), '2'.repeat(64)] as const;
const leak: Revocation = {
  version: one,
  ...{ names: ['A'], reason: 'in a log', actor: 'me', at: '2031-01-01T00:00:00Z' },
};

/** What every store of revocations does; `open` gives an empty one, and what it gives opens that in one process more. */
export function revocationsContract(name: string, open: () => Promise<() => Revocations>): void {
  describe(`revocations: ${name}`, () => {
    test('a revoked version stays revoked, for every process, with what was said of it', async () => {
      const again = await open();
      assert.equal(await again().of(canary, one), undefined);
      assert.deepEqual(await again().list(canary), []);
      await again().add(canary, leak);
      await again().add(canary, leak);
      assert.deepEqual(await again().of(canary, one), leak);
      assert.deepEqual(await again().list(canary), [leak]);
    });

    test('more names of a version are added to those it has', async () => {
      const again = await open();
      await again().add(canary, leak);
      await again().add(canary, { ...leak, names: ['B'], reason: 'in a mail' });
      await again().add(canary, { ...leak, version: two });
      assert.deepEqual((await again().of(canary, one))?.names, ['A', 'B']);
      assert.deepEqual((await again().list(canary)).map(({ version }) => version).sort(), [one, two]);
    });

    test('apps and stages are kept apart', async () => {
      const store = (await open())();
      await store.add(canary, leak);
      assert.equal(await store.of(target('probe', 'production'), one), undefined);
      assert.deepEqual(await store.list(target('hub', 'canary')), []);
    });
  });
}
