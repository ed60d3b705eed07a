import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { hashKey, isWellFormed, makeKey, prefixOf } from './keys.ts';

test('made keys are well formed, differ, and hash alike each time', () => {
  const keys = new Set(Array.from({ length: 500 }, makeKey));
  assert.equal(keys.size, 500);
  for (const key of keys) {
    assert.ok(isWellFormed(key), key);
    assert.equal(key.length, 40);
    assert.deepEqual(hashKey(key), hashKey(key));
  }
});

test('one changed character is noticed', () => {
  fc.assert(
    fc.property(fc.integer({ min: 4, max: 39 }), fc.constantFrom(...'0Az9'), (at, character) => {
      const key = makeKey();
      if (key[at] === character) return;
      assert.equal(isWellFormed(key.slice(0, at) + character + key.slice(at + 1)), false);
    }),
    { verbose: true },
  );
});

test('anything else is not a key', () => {
  fc.assert(fc.property(fc.string(), (text) => assert.equal(isWellFormed(text), false)));
});

test('the prefix shows ten characters', () => assert.equal(prefixOf('ihk_abcdefghij'), 'ihk_abcdef'));
