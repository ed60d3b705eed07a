import assert from 'node:assert/strict';
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';

import { Failure } from '../../domain/failure.ts';
import { type Tree, writeTree } from '../../testing/tree.ts';
import { ownModulesOnly, readFolderState } from './folderState.ts';
import { PackageScan } from './packageScan.ts';

const root = await mkdtemp(join(tmpdir(), 'railiance-scan-'));
after(() => rm(root, { recursive: true, force: true }));
let count = 0;

/** Enough of them for a second thread. */
async function packages(amount: number) {
  const files = Array.from({ length: amount }, (_, number): [string, string] => [`p${number}/index.js`, `${number}`]);
  const tree: Tree = { ...Object.fromEntries(files), 'p1/node_modules/own/index.js': 'not of p1', 'p2/a.so.1': 'x' };
  const directory = await writeTree(join(root, String(++count)), tree);
  return { directory, folders: files.map((_, number) => join(directory, `p${number}`)) };
}

/** @param ahead how long packages are still being found, in milliseconds: what the other thread has for itself */
async function scanned(folders: readonly string[], ahead: number) {
  const scan = new PackageScan();
  try {
    for (const folder of folders) scan.expect(folder);
    await wait(ahead);
    return scan.states();
  } finally {
    scan.close();
  }
}

for (const [amount, ahead] of [
  [3, 0],
  [250, 0],
  [250, 40],
  [250, 500],
] as const) {
  test(`${amount} folders, ${ahead} ms ahead: two threads see what one sees`, async () => {
    const { folders } = await packages(amount);
    const states = await scanned(folders, ahead);
    const expected = folders.map((folder) => [folder, readFolderState(folder, ownModulesOnly)] as const);
    assert.equal(states.size, amount);
    for (const [folder, state] of expected) assert.deepEqual(states.get(folder), state, folder);
  });
}

test('a file that changed in place, to the same size, gives its folder and no other another digest', async () => {
  const { directory, folders } = await packages(200);
  const before = await scanned(folders, 100);
  await writeFile(join(directory, 'p7/index.js'), '8');
  const now = await scanned(folders, 100);
  const changed = folders.filter((folder) => now.get(folder)?.digest !== before.get(folder)?.digest);
  assert.deepEqual(changed, [join(directory, 'p7')]);
});

for (const ahead of [0, 500]) {
  test(`a link that leads out is refused by its path, whichever thread sees it (${ahead} ms ahead)`, async () => {
    const { directory, folders } = await packages(200);
    await symlink('/etc/passwd', join(directory, 'p5/link'));
    await assert.rejects(
      scanned(folders, ahead),
      (error) => error instanceof Failure && error.message.includes(join(directory, 'p5/link')),
    );
  });
}
