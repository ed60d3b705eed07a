import assert from 'node:assert/strict';
import { test } from 'node:test';

import { encrypted, tamperings } from '../../testing/sopsTamperings.ts';
import { encryptText, openSops } from './index.ts';
import { identity, otherIdentity, recipient } from './testKeys.ts';

for (const [what, text, code, names] of tamperings) {
  test(`refuses ${what}: ${code}`, async () => {
    await assert.rejects(openSops(text, 'yaml', [identity]), (error: Error & { code?: string }) => {
      assert.equal(error.name, 'SopsError', error.stack);
      assert.equal(error.code, code, error.message);
      assert.match(error.message, names);
      assert.doesNotMatch(error.message, /\b(one|two)\b/, 'no value is in the message');
      return true;
    });
  });
}

const keys: readonly (readonly [string, readonly string[], RegExp])[] = [
  ['another key', [otherIdentity], new RegExp(recipient)],
  ['no key', [], /no identity given/],
  ['a malformed key', ['AGE-SECRET-KEY-1QQQ'], new RegExp(recipient)],
];

for (const [what, identities, names] of keys) {
  test(`refuses ${what}, naming who could open the file`, async () => {
    await assert.rejects(openSops(encrypted, 'yaml', identities), (error: Error & { code?: string }) => {
      assert.equal(error.code, 'no-matching-key');
      assert.match(error.message, names);
      assert.doesNotMatch(error.message, /AGE-SECRET-KEY/);
      return true;
    });
  });
}

test('opens the file as it was', async () => {
  assert.equal((await openSops(encrypted, 'yaml', [otherIdentity, identity])).leaves.length, 4);
});

test('refuses to encrypt twice', async () => {
  await assert.rejects(encryptText(encrypted, { format: 'yaml', recipients: [recipient] }), {
    code: 'already-encrypted',
  });
});
