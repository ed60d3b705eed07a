import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';

import { scratchDirectory } from '../testing/scratch.ts';
import { tokenFileAuth, withTokenFiles } from './tokenFile.ts';

const scratch = await scratchDirectory('token-file');

test('the first of several kubeconfigs that names a file counts, from its own folder; others keep what they have', async () => {
  const files = [join(scratch, 'one'), join(scratch, 'two')];
  await writeFile(join(scratch, 'one'), 'users: [{name: a, user: {tokenFile: t}}, {name: b, user: {token: x}}]');
  await writeFile(join(scratch, 'two'), 'users: [{name: a, user: {tokenFile: /else}}, {name: c}]');
  const users = withTokenFiles([{ name: 'a', token: 'old' }, { name: 'b', token: 'x' }, { name: 'c' }], files);
  assert.deepEqual(users.map(tokenFileAuth.isAuthProvider), [true, false, false]);
  assert.deepEqual(users[1], { name: 'b', token: 'x' });
  await writeFile(join(scratch, 't'), '  secret\n');
  const options = { headers: { accept: 'application/json' } };
  await tokenFileAuth.applyAuthentication(users[0] as never, options);
  assert.deepEqual(options.headers, { accept: 'application/json', Authorization: 'Bearer secret' });
});

test('a kubeconfig without users, or with something else there, is none of its business', async () => {
  const file = join(scratch, 'odd');
  for (const text of ['# tokenFile', 'users: tokenFile', 'users: [{user: {tokenFile: t}}]', '[tokenFile]']) {
    await writeFile(file, text);
    assert.deepEqual(withTokenFiles([{ name: 'a' }], [file]), [{ name: 'a' }]);
  }
});
