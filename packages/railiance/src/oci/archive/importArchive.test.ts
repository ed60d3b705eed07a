import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { gzipSync, zstdCompressSync } from 'node:zlib';

import { dockerArchive, layerOf, ociArchive, ociBlobs, tarOf } from '../../testing/imageArchives.ts';
import { digestOf } from '../digest.ts';
import { openLayout } from '../layout.ts';
import { OciError } from '../ociError.ts';
import { packTar } from '../tar.ts';
import { mediaTypes } from '../types.ts';
import { importArchive } from './importArchive.ts';

const root = await mkdtemp(join(tmpdir(), 'railiance-import-'));
after(() => rm(root, { recursive: true, force: true }));
let count = 0;

const platform = { os: 'linux', architecture: process.arch === 'x64' ? 'amd64' : process.arch };
const texts = ['first', 'second'];
const diffIds = texts.map((text) => digestOf(layerOf(text)));

async function taken(archive: Uint8Array, image?: string) {
  const own = join(root, String(++count));
  const layout = await openLayout(own);
  const file = join(root, `${count}.tar`);
  await writeFile(file, archive);
  const options = { platform, ...(image === undefined ? {} : { image }) };
  const run = async () => {
    const { digest, mediaType } = await importArchive(layout, file, options);
    const manifest = await layout.manifest(digest);
    return { digest, mediaType, manifest, config: await layout.config(manifest.config.digest) };
  };
  return { layout, file, run };
}

const oci = ociBlobs(texts);
const compressed = { gzip: gzipSync, zstd: zstdCompressSync };

test('takes what `docker save` writes: layers uncompressed, the config byte for byte', async () => {
  const { layout, run } = await taken(dockerArchive(texts));
  const { manifest, config } = await run();
  assert.deepEqual(
    manifest.layers.map(({ digest }) => digest),
    diffIds,
  );
  assert.deepEqual(config.rootfs.diff_ids, diffIds);
  assert.match((await layout.readBlob(manifest.config.digest)).toString(), /"Env":null/);
  await layout.tag('probe:1', { mediaType: mediaTypes.manifest, digest: (await run()).digest, size: 1 });
});

for (const [name, pack] of Object.entries(compressed)) {
  test(`takes a docker archive whose layers are packed with ${name}`, async () => {
    const { manifest } = await (await taken(dockerArchive(texts, { pack: (layer) => pack(layer) }))).run();
    assert.deepEqual(
      manifest.layers.map(({ digest, mediaType }) => [digest, mediaType]),
      diffIds.map((id) => [id, mediaTypes.layer]),
    );
  });

  test(`takes an OCI archive with ${name} layers as they are`, async () => {
    const mediaType = name === 'gzip' ? mediaTypes.layerGzip : mediaTypes.layerZstd;
    const image = ociBlobs(texts, { pack: (layer) => pack(layer), mediaType });
    const { digest, manifest } = await (await taken(ociArchive(image))).run();
    assert.equal(digest, image.descriptor.digest);
    assert.deepEqual(
      manifest.layers.map((layer) => layer.mediaType),
      [mediaType, mediaType],
    );
  });
}

test('takes a gzipped archive, and leaves no unpacked copy of it', async () => {
  const { layout, run } = await taken(gzipSync(dockerArchive(texts)));
  assert.deepEqual(
    (await run()).manifest.layers.map(({ digest }) => digest),
    diffIds,
  );
  assert.deepEqual(await readdir(join(layout.directory, '.ingest')), []);
});

test('takes an OCI archive: the manifest keeps its digest', async () => {
  assert.equal((await (await taken(ociArchive(oci))).run()).digest, oci.descriptor.digest);
});

test('takes the image for this platform out of several', async () => {
  const other = ociBlobs(['other'], { architecture: 's390x' });
  assert.equal((await (await taken(ociArchive(other, oci))).run()).digest, oci.descriptor.digest);
  await assert.rejects((await taken(ociArchive(other))).run(), /not one image for linux/);
});

test('layers that are links to others are found, as older Dockers write them', async () => {
  const archive = dockerArchive(['same', 'same-but-linked']);
  const [first] = [layerOf('same')];
  const id = digestOf(first).slice(7);
  const config = JSON.stringify({
    os: 'linux',
    architecture: 'amd64',
    rootfs: { type: 'layers', diff_ids: [digestOf(first), digestOf(first)] },
  });
  const manifest = JSON.stringify([{ Config: 'config.json', Layers: [`${id}/layer.tar`, 'b/layer.tar'] }]);
  assert.ok(archive.length > 0);
  const linked = Buffer.concat([
    ...packTar([
      { type: 'content', path: 'config.json', mode: 0o644, content: Buffer.from(config) },
      { type: 'content', path: 'manifest.json', mode: 0o644, content: Buffer.from(manifest) },
      { type: 'content', path: `${id}/layer.tar`, mode: 0o644, content: first },
      { type: 'symlink', path: 'b/layer.tar', target: `../${id}/layer.tar` },
    ]),
  ]);
  const { run } = await taken(linked);
  assert.deepEqual(
    (await run()).manifest.layers.map(({ digest }) => digest),
    [digestOf(first), digestOf(first)],
  );
});

const entry = (change: object) => JSON.stringify([{ Config: 'c.json', RepoTags: [], Layers: ['l.tar'], ...change }]);
const config = (ids: readonly string[]) => JSON.stringify({ ...platform, rootfs: { type: 'layers', diff_ids: ids } });
const layer = layerOf('x');

const broken: Readonly<Record<string, Uint8Array>> = {
  'an empty file': Buffer.alloc(0),
  'a text': Buffer.from('this is no archive, though it is longer than nothing'),
  'no image': tarOf({ 'readme.txt': 'hello' }),
  'a manifest that is no JSON': tarOf({ 'manifest.json': '{' }),
  'a manifest that names nothing': tarOf({ 'manifest.json': '[]' }),
  'a manifest of another form': tarOf({ 'manifest.json': '[null]' }),
  'a config that is not there': tarOf({ 'manifest.json': entry({}), 'l.tar': layer }),
  'a layer that is not there': tarOf({ 'manifest.json': entry({}), 'c.json': config([digestOf(layer)]) }),
  'a layer that is another': tarOf({ 'manifest.json': entry({}), 'c.json': config([digestOf('y')]), 'l.tar': layer }),
  'fewer layers than diffIDs': tarOf({ 'manifest.json': entry({ Layers: [] }), 'c.json': config([digestOf(layer)]) }),
  'a path that leads out': tarOf({ 'manifest.json': entry({ Config: '../../etc/passwd' }), 'l.tar': layer }),
  'a damaged layer': dockerArchive(['a'], { pack: (whole) => gzipSync(whole).subarray(0, 60) }),
  'a gzip cut short': gzipSync(dockerArchive(texts)).subarray(0, 200),
  'an archive cut short': dockerArchive(texts).subarray(0, 3000),
  'several images, none named': tarOf({
    'manifest.json': JSON.stringify([...JSON.parse(entry({})), ...JSON.parse(entry({}))]),
  }),
  'OCI blobs that are others': ociArchive({
    ...oci,
    blobs: new Map([...oci.blobs].map(([path]) => [path, Buffer.from('?')])),
  }),
  'OCI blobs that are not there': ociArchive({ ...oci, blobs: new Map() }),
  'a packed layer that is not what its config says': ociArchive(
    ociBlobs(texts, { pack: () => gzipSync('another'), mediaType: mediaTypes.layerGzip }),
  ),
};
for (const [what, archive] of Object.entries(broken)) {
  test(`refuses ${what}, naming the archive or the blob`, async () => {
    const { layout, file, run } = await taken(archive);
    await assert.rejects(run(), (error) => {
      assert.ok(error instanceof OciError, String(error));
      assert.ok(error.message.includes(file) || error.message.includes('sha256:'), error.message);
      return true;
    });
    assert.deepEqual(await layout.list(), []);
    assert.deepEqual(await readdir(join(layout.directory, '.ingest')), []);
  });
}

test('an image is chosen by its name', async () => {
  assert.deepEqual((await (await taken(dockerArchive(texts), 'probe:latest')).run()).config.rootfs.diff_ids, diffIds);
  await assert.rejects((await taken(dockerArchive(texts), 'probe:other')).run(), /probe:latest/);
});

test('a layer that unpacks without end is cut off', async () => {
  const bomb = gzipSync(Buffer.alloc(64 * 1024 * 1024));
  const { layout, run } = await taken(dockerArchive(['a'], { pack: () => bomb }));
  await assert.rejects(run(), OciError);
  assert.deepEqual(await readdir(join(layout.directory, 'blobs/sha256')), []);
});
