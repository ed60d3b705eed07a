import assert from 'node:assert/strict';
import { lstatSync } from 'node:fs';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';

import type { ProgressEvent } from '../domain/progress.ts';
import { openLayout } from '../oci/index.ts';
import { type Tree, writeTree } from '../testing/tree.ts';
import { knownFolder } from './folderStates/folderState.ts';
import { openLayerCache } from './layerCache.ts';

const root = await mkdtemp(join(tmpdir(), 'railiance-cache-'));
after(() => rm(root, { recursive: true, force: true }));
let count = 0;

async function world(tree: Tree) {
  const own = join(root, String(++count));
  const directory = await writeTree(join(own, 'app'), tree);
  const layout = await openLayout(join(own, 'images'));
  const cache = await openLayerCache(join(own, 'cache'), layout);
  /** Bytes that were read, and the layer. */
  const make = async () => {
    const events: ProgressEvent[] = [];
    const parts = [{ folder: knownFolder(directory, () => false), imagePath: 'app' }];
    const signal = new AbortController().signal;
    const layer = await cache.layer({ title: 'app', parts, progress: (event) => events.push(event), signal });
    return { read: events.some(({ kind }) => kind === 'bytes'), digest: layer.descriptor.digest };
  };
  return { own, directory, layout, make };
}

/** Longer than a file has to be left alone before its layer is remembered. */
const settle = () => wait(150);

test('unchanged files are not read again', async () => {
  const { make } = await world({ 'a.js': 'one' });
  await settle();
  const first = await make();
  assert.equal(first.read, true);
  assert.deepEqual(await make(), { read: false, digest: first.digest });
});

test('files that changed a moment ago are not trusted to look different next time', async () => {
  const { make } = await world({ 'a.js': 'one' });
  assert.equal((await make()).read, true);
  assert.equal((await make()).read, true);
});

test('a change is seen, going back too, even where size and times are made to look the same', async () => {
  const { make, directory } = await world({ 'a.js': 'one', 'b.js': 'b' });
  await settle();
  const first = await make();
  await writeFile(join(directory, 'a.js'), 'two');
  const second = await make();
  assert.notEqual(second.digest, first.digest);
  await writeFile(join(directory, 'a.js'), 'one');
  assert.equal((await make()).digest, first.digest);
});

test('a layer that the layout lost or that was cut short is made again', async () => {
  const { make, layout } = await world({ 'a.js': 'one' });
  await settle();
  const { digest } = await make();
  await writeFile(layout.blobPath(digest), 'short');
  assert.deepEqual(await make(), { read: true, digest });
  await rm(layout.blobPath(digest));
  assert.deepEqual(await make(), { read: true, digest });
  assert.equal(lstatSync(layout.blobPath(digest)).isFile(), true);
});

test('a cache with rubbish in it, or none, is an empty one', async () => {
  const { make, own } = await world({ 'a.js': 'one' });
  await settle();
  const { digest } = await make();
  const folder = join(own, 'cache/layers');
  for (const name of await readdir(folder)) {
    for (const text of ['', 'null', '{"digest":"sha256:../../x","size":1}', '{"size":1}']) {
      await writeFile(join(folder, name), text);
      assert.deepEqual(await make(), { read: true, digest }, text);
    }
  }
});
