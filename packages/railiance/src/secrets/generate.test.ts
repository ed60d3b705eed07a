import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Secret } from '../domain/secret.ts';
import { generateMissing, generateSecret } from './generate.ts';

test('a generated secret is 32 bytes in base64url, never the same twice', () => {
  const texts = Array.from({ length: 100 }, () => generateSecret().reveal());
  assert.ok(texts.every((text) => /^[\w-]{43}$/.test(text) && Buffer.from(text, 'base64url').length === 32));
  assert.equal(new Set(texts).size, texts.length);
});

test('only what is missing is generated, and only what was asked for', () => {
  const kept = new Secret('kept');
  const values = generateMissing(['A', 'B', 'toString'], { A: kept, C: new Secret('left out') });
  assert.deepEqual(Object.keys(values), ['A', 'B', 'toString']);
  assert.equal(values.A, kept);
  assert.match(Object.values(values)[2]?.reveal() ?? '', /^[\w-]{43}$/);
});
