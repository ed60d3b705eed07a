import assert from 'node:assert/strict';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { gzipSync, zstdCompressSync } from 'node:zlib';

import { dockerArchive, layerOf, ociArchive, ociBlobs, tarOf } from '../../testing/imageArchives.ts';
import { startMemoryRegistry } from '../../testing/memoryRegistry.ts';
import { scratchDirectory } from '../../testing/scratch.ts';
import { digestOf } from '../digest.ts';
import { openLayout } from '../layout.ts';
import { pullImage } from '../registry/pull.ts';
import { pushImage } from '../registry/push.ts';
import { Registry } from '../registry/registry.ts';
import { mediaTypes } from '../types.ts';
import { imageInArchive } from './imageInArchive.ts';
import { importArchive } from './importArchive.ts';

const memory = await startMemoryRegistry({});
const registry = new Registry({ host: memory.host, plainHttp: true });
after(async () => {
  registry.close();
  await memory.close();
});
const platform = { os: 'linux', architecture: process.arch === 'x64' ? 'amd64' : process.arch };
const texts = ['first', 'second'];
let count = 0;

async function opened(archive: Uint8Array) {
  const directory = await scratchDirectory('archived');
  const file = join(directory, 'image.tar');
  await writeFile(file, archive);
  const spoolDir = join(directory, 'spool');
  return { directory, file, spoolDir, open: () => imageInArchive(file, { platform, spoolDir }) };
}

const gzipped = { mediaType: mediaTypes.layerGzip, pack: (layer: Buffer) => gzipSync(layer) };
const archives = {
  'a docker archive': dockerArchive(texts),
  'a gzipped docker archive': gzipSync(dockerArchive(texts)),
  'a docker archive with gzipped layers': dockerArchive(texts, { pack: (layer) => gzipSync(layer) }),
  'a docker archive with zstd layers': dockerArchive(texts, { pack: (layer) => zstdCompressSync(layer) }),
  'an OCI archive': ociArchive(ociBlobs(texts)),
  'an OCI archive with gzipped layers': ociArchive(ociBlobs(texts, gzipped)),
};

for (const [name, archive] of Object.entries(archives)) {
  test(`${name} is pushed as it is, is the image that it holds, and leaves nothing behind`, async () => {
    const { directory, file, spoolDir, open } = await opened(archive);
    const repository = registry.repository(`archived/${++count}`, 'push');
    const image = await open();
    const pushed = await pushImage(repository, image, { tag: 'v1' });
    await image.close();
    assert.deepEqual(await readdir(spoolDir), []);
    assert.deepEqual(
      pushed.layers.map(({ diffId }) => diffId),
      texts.map((text) => digestOf(layerOf(text))),
    );
    const layout = await openLayout(join(directory, 'layout'));
    const { configDigest } = await pullImage(repository, layout, { reference: 'v1', name: 'app:v1' });
    const imported = await importArchive(layout, file, { platform });
    assert.equal(configDigest, (await layout.manifest(imported.digest)).config.digest);
  });
}

test('an OCI archive whose layers are compressed keeps its manifest', async () => {
  const blobs = ociBlobs(texts, gzipped);
  const image = await (await opened(ociArchive(blobs))).open();
  const pushed = await pushImage(registry.repository('kept', 'push'), image, { tag: 'v1' });
  assert.equal(pushed.manifestDigest, blobs.descriptor.digest);
});

test('a layer that is not what the configuration says is not pushed', async () => {
  const honest = dockerArchive(texts).toString('latin1');
  const { open } = await opened(Buffer.from(honest.replace('second', 'sEcond'), 'latin1'));
  const repository = registry.repository('lies', 'push');
  await assert.rejects(pushImage(repository, await open(), { tag: 'v1' }), { name: 'OciError', code: 'mismatch' });
  assert.equal(await repository.manifest('v1'), undefined);
});

test('a file that is not there, and a folder, are told as such', async () => {
  const spoolDir = await scratchDirectory('no-archive');
  const options = { platform, spoolDir };
  await assert.rejects(imageInArchive(join(spoolDir, 'none.tar'), options), { code: 'missing' });
  await assert.rejects(imageInArchive(spoolDir, options), { code: 'invalid', message: /not a file/ });
});

test('what is no image is refused, and leaves nothing behind', async () => {
  for (const bytes of [tarOf({ 'a.txt': 'a' }), gzipSync(tarOf({ 'a.txt': 'a' })), gzipSync('no tar')]) {
    const { spoolDir, open } = await opened(bytes);
    await assert.rejects(open(), { name: 'OciError', code: 'invalid' });
    assert.deepEqual(await readdir(spoolDir), []);
  }
});
