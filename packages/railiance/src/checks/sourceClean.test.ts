import assert from 'node:assert/strict';
import { test } from 'node:test';

import { checkContext, checkContract } from './contract.ts';
import { sourceCleanCheck } from './sourceClean.ts';

const dirty = { tag: '1a2b3c4-dirty-5d6e', dirty: true };

checkContract('source clean', () => ({
  check: sourceCleanCheck,
  pass: { revision: { tag: '1a2b3c4', dirty: false }, production: true },
  fail: { revision: dirty, production: true },
  asks: false,
  context: () => ({}),
}));

test('a dirty tree is welcome before production, and said', async () => {
  const result = await sourceCleanCheck.run({ revision: dirty, production: false }, checkContext());
  assert.equal(result.verdict, 'pass');
  assert.match(result.summary, /uncommitted/);
});
