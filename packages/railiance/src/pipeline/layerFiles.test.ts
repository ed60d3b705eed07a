import assert from 'node:assert/strict';
import { appendFile, readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';

import { mediaTypes, type PushedLayer } from '../oci/index.ts';
import { sampleDigest } from '../testing/sampleRelease.ts';
import { scratchDirectory } from '../testing/scratch.ts';
import { layerFile } from './layerFiles.ts';

function layer(name: string): PushedLayer {
  const [diffId, digest] = [sampleDigest(`${name}, plain`), sampleDigest(name)];
  return { diffId, digest, size: 7, mediaType: mediaTypes.layerGzip, reused: false };
}

test('layers are kept for their own repository, from one process to the next', async () => {
  const directory = join(await scratchDirectory('layers'), 'not there yet');
  await layerFile(directory, 'r:1/app').keep(layer('one'));
  await layerFile(directory, 'r:1/app').keep(layer('two'));
  const { diffId, reused: _, ...blob } = layer('one');
  const known = await layerFile(directory, 'r:1/app').known();
  assert.equal(known.size, 2);
  assert.deepEqual(known.get(diffId), blob);
  assert.equal((await layerFile(directory, 'r:1/other').known()).size, 0);
});

test('a damaged line is passed over, and the file does not grow for ever', async () => {
  const directory = await scratchDirectory('layers');
  const memory = layerFile(directory, 'r:1/app');
  await memory.keep(layer('one'));
  const file = join(directory, (await readdir(directory))[0] ?? '');
  await appendFile(file, '{"half a\n["sha256:../../x",{"digest":"x"}]\n[]\n');
  await memory.keep(layer('two'));
  assert.equal((await memory.known()).size, 2);
  await writeFile(file, 'x'.repeat(1024 * 1024 + 1));
  await memory.keep(layer('three'));
  assert.ok((await stat(file)).size < 1000);
  assert.deepEqual([...(await memory.known()).keys()], [layer('three').diffId]);
});
