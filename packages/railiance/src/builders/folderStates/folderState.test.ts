import assert from 'node:assert/strict';
import { chmod, mkdtemp, rename, rm, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import fc from 'fast-check';

import { type Tree, writeTree } from '../../testing/tree.ts';
import { readFolderState } from './folderState.ts';

const root = await mkdtemp(join(tmpdir(), 'railiance-state-'));
after(() => rm(root, { recursive: true, force: true }));
let count = 0;
const tree = (files: Tree) => writeTree(join(root, String(++count)), files);
const stateOf = (directory: string) => readFolderState(directory, () => false);

/** Two changes within one tick of the kernel's clock look the same; layers that young are not remembered. */
const tick = () => wait(30);

const changes: Record<string, (directory: string) => Promise<unknown>> = {
  'one more file': (at) => writeFile(join(at, 'c'), ''),
  'one file less': (at) => unlink(join(at, 'a')),
  'another name': (at) => rename(join(at, 'a'), join(at, 'z')),
  'another size': (at) => writeFile(join(at, 'a'), 'longer'),
  'another content of the same size': (at) => writeFile(join(at, 'd/b'), 'y'),
  'it can be run': (at) => chmod(join(at, 'a'), 0o755),
  'another link': async (at) => {
    await unlink(join(at, 'link'));
    await writeTree(at, { link: '-> d/b' });
  },
};

for (const [name, change] of Object.entries(changes)) {
  test(`a change is seen: ${name}`, async () => {
    const directory = await tree({ a: 'x', 'd/b': 'x', link: '-> a' });
    const before = stateOf(directory);
    assert.deepEqual(stateOf(directory), before);
    await tick();
    await change(directory);
    assert.notEqual(stateOf(directory).digest, before.digest);
  });
}

test('it counts every byte, and knows the youngest file', async () => {
  const sizes = fc.array(fc.nat(100), { minLength: 1, maxLength: 40 });
  await fc.assert(
    fc.asyncProperty(sizes, async (all) => {
      const began = Date.now();
      const directory = await tree(Object.fromEntries(all.map((size, at) => [`${at % 3}/${at}`, 'x'.repeat(size)])));
      const { sizeBytes, newestMs } = stateOf(directory);
      assert.equal(
        sizeBytes,
        all.reduce((sum, size) => sum + size, 0),
      );
      assert.ok(newestMs >= began - 1000 && newestMs <= Date.now() + 1000);
    }),
    { numRuns: 15 },
  );
});

test('what may be machine code is named, by name and mode', async () => {
  const directory = await tree({
    'build/addon.node': '',
    'lib/x.so.1.2': '',
    'y.so': '',
    'z.wasm': '',
    'index.js': '',
    'some.song': '',
    'bin/tool': '',
    'bin/run.sh': '',
    link: '-> y.so',
  });
  await chmod(join(directory, 'bin/tool'), 0o755);
  await chmod(join(directory, 'bin/run.sh'), 0o755);
  const { binaries } = stateOf(directory);
  assert.deepEqual([...binaries].sort(), ['bin/tool', 'build/addon.node', 'lib/x.so.1.2', 'y.so', 'z.wasm']);
});

test('more files than fit at first', async () => {
  const directory = await tree(Object.fromEntries(Array.from({ length: 1500 }, (_, at) => [`f${at}`, 'x'])));
  const before = stateOf(directory);
  assert.equal(before.sizeBytes, 1500);
  await tick();
  await writeFile(join(directory, 'f1400'), 'y');
  assert.notEqual(stateOf(directory).digest, before.digest);
});
