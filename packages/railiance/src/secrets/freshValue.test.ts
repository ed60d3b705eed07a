import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Secret } from '../domain/secret.ts';
import { freshValue } from './freshValue.ts';

test('hexadecimal stays hexadecimal, of the same length', () => {
  for (const length of [32, 64, 128]) {
    const value = freshValue('A', new Secret('0f'.repeat(length / 2))).reveal();
    assert.match(value, new RegExp(`^[0-9a-f]{${length}}$`));
    assert.notEqual(value, '0f'.repeat(length / 2));
  }
});

test('anything else becomes 256 bits in base64url', () => {
  for (const old of ['password', 'abc', '', 'ABCDEF'.repeat(10)]) {
    assert.match(freshValue('A', new Secret(old)).reveal(), /^[A-Za-z0-9_-]{43}$/);
  }
  assert.match(freshValue('A', undefined).reveal(), /^[A-Za-z0-9_-]{43}$/);
});

test('an address is refused, and not repeated', () => {
  assert.throws(
    () => freshValue('A', new Secret('postgresql://u:CANARY@h/d')),
    (error: Error) => {
      assert.match(error.message, /rotate A/);
      assert.doesNotMatch(error.message, /CANARY/);
      return true;
    },
  );
});
