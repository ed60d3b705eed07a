import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Failure } from '../domain/failure.ts';
import { checkContext, checkContract } from './contract.ts';
import { secretsKeyCheck } from './secretsKey.ts';

const opened = (...names: readonly string[]) => ({ open: async () => ({ names }) });
const locked = async () => {
  throw new Failure('open app.env.sops.yaml', 'no key here opens it', { hint: 'railiance secrets keygen' });
};

checkContract('secrets key', () => ({
  check: secretsKeyCheck,
  pass: { ...opened('A', 'B'), required: ['A'] },
  fail: { ...opened('A'), required: ['A', 'B'] },
  unknown: { open: locked, required: [] },
  asks: true,
  context: () => ({}),
}));

test('an app without an encrypted file needs no key', async () => {
  const seen = await secretsKeyCheck.run({ open: async () => undefined, required: [] }, checkContext());
  assert.equal(seen.verdict, 'pass');
});

test('a key that does not open the file is no pass, with the hint of what failed', async () => {
  const seen = await secretsKeyCheck.run({ open: locked, required: [] }, checkContext());
  assert.match(seen.summary, /no key here opens it/);
  assert.equal(seen.hint, 'railiance secrets keygen');
});
