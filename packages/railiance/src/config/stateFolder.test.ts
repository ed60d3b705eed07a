import assert from 'node:assert/strict';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { makeStateFolder } from './stateFolder.ts';

let folder = '';
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'railiance-state-'));
});
after(() => rm(folder, { recursive: true }));

test('the state folder is made for its owner alone, by many at once', async () => {
  const root = join(folder, 'a', 'b', 'c');
  await Promise.all(Array.from({ length: 10 }, () => makeStateFolder(root)));
  assert.equal((await stat(root)).mode & 0o777, 0o700);
  await makeStateFolder(root);
});

// Only Linux has a /proc that denies what is there.
test('where it cannot be, it is refused at once and says what to set', {
  skip: process.platform !== 'linux',
}, async () => {
  await writeFile(join(folder, 'file'), '');
  for (const root of ['/proc/none/railiance', join(folder, 'file', 'railiance')]) {
    await assert.rejects(makeStateFolder(root), { name: 'Failure', exitCode: 6, hint: /^set RAILIANCE_HOME/ });
  }
});
