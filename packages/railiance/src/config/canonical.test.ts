import assert from 'node:assert/strict';
import { test } from 'node:test';

import fc from 'fast-check';

import { appSpec } from './appSpec.ts';
import { canonicalJson, configurationHash } from './canonical.ts';

test('the order of keys and absent values make no difference, the order of items does', () => {
  assert.equal(canonicalJson({ b: 1, a: { d: undefined, c: [2, 1] } }), '{"a":{"c":[2,1]},"b":1}');
  assert.notEqual(canonicalJson([1, 2]), canonicalJson([2, 1]));
});

test('any value means the same after its canonical JSON', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      assert.deepEqual(JSON.parse(canonicalJson(value)), JSON.parse(JSON.stringify(value)));
    }),
  );
});

test('a configuration has the same hash in every checkout, and another one when anything in it changes', () => {
  const at = { file: '/a/app.toml', directory: '/a', stage: 'local' };
  const elsewhere = { file: '/b/c/app.toml', directory: '/b/c', stage: 'local' };
  const hash = configurationHash(appSpec({ app: { name: 'x' } }, at));
  assert.match(hash, /^[0-9a-f]{64}$/);
  assert.equal(configurationHash(appSpec({ app: { name: 'x' } }, elsewhere)), hash);
  assert.notEqual(configurationHash(appSpec({ app: { name: 'x' }, run: { port: 8001 } }, at)), hash);
});
