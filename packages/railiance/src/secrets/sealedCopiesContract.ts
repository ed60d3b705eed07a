import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { target } from '../domain/name.ts';
import type { SealedCopies } from './sealedCopies.ts';

const canary = target('probe', 'canary');
const [one, two] = ['1'.repeat(64), '2'.repeat(64)] as const;

/** What every store of sealed copies does; `open` gives an empty one. */
export function sealedCopiesContract(name: string, open: () => Promise<SealedCopies>): void {
  describe(`sealed copies: ${name}`, () => {
    test('a copy is there until it is removed; a newer one takes its place, in another format too', async () => {
      const copies = await open();
      assert.equal(await copies.get(canary, one), undefined);
      assert.deepEqual(await copies.versions(canary), []);
      await copies.keep(canary, one, { text: 'first', extension: '.yaml' });
      await copies.keep(canary, one, { text: 'second: ü\n', extension: '.json' });
      await copies.keep(canary, two, { text: 'other', extension: '.yaml' });
      assert.deepEqual(await copies.get(canary, one), { text: 'second: ü\n', extension: '.json' });
      assert.deepEqual(await copies.versions(canary), [one, two]);
      await copies.remove(canary, one);
      await copies.remove(canary, one);
      assert.equal(await copies.get(canary, one), undefined);
      assert.deepEqual(await copies.versions(canary), [two]);
    });

    test('apps and stages are kept apart', async () => {
      const copies = await open();
      await copies.keep(canary, one, { text: 'first', extension: '.yaml' });
      for (const other of [target('probe', 'production'), target('hub', 'canary')]) {
        assert.equal(await copies.get(other, one), undefined);
        assert.deepEqual(await copies.versions(other), []);
      }
    });

    test('only a version is one', async () => {
      const copies = await open();
      await assert.rejects(copies.get(canary, '../x'), { name: 'Failure' });
      await assert.rejects(copies.keep(canary, '../x', { text: '', extension: '.yaml' }), { name: 'Failure' });
    });
  });
}
