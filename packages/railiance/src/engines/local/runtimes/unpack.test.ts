import assert from 'node:assert/strict';
import { readFileSync, readlinkSync, statSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { packTar, type TarHeader } from 'modern-tar';

import { Failure } from '../../../domain/failure.ts';
import { openLayout } from '../../../oci/layout.ts';
import { makeTinyImage, textFile } from '../../../testing/tinyImage.ts';
import { LayerGuard } from './unpack/layerGuard.ts';
import { mergeLayers } from './unpack/mergeLayers.ts';
import { createLayerStore, type UnpackedImage } from './unpack.ts';

type Entry = Omit<TarHeader, 'size'> & { readonly body?: string };

let folder = '';
let count = 0;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'railiance-unpack-'));
});
after(() => rm(folder, { recursive: true }));

const tar = (entries: readonly Entry[]) =>
  packTar(
    entries.map(({ body = '', ...header }) => ({
      header: { type: 'file' as const, ...header, size: Buffer.byteLength(body) },
      body,
    })),
  );

/** Unpacks an image of these layers into a store of its own. */
async function unpack(...layers: (readonly Entry[] | Uint8Array)[]): Promise<UnpackedImage & { store: string }> {
  const store = join(folder, `store-${count++}`);
  const archives = await Promise.all(layers.map(async (layer) => (layer instanceof Uint8Array ? layer : tar(layer))));
  const image = await makeTinyImage(join(folder, `layout-${count}`), { node: false, layers: archives });
  const unpacked = await createLayerStore(store, 'boot').unpack(image.layoutDir, image.manifestDigest);
  return { ...unpacked, store };
}

const hostile: readonly [string, readonly Entry[], RegExp][] = [
  ['a path that leads outside', [{ name: '../evil' }], /leads outside/],
  ['one further down', [{ name: 'a/../../evil' }], /leads outside/],
  ['an absolute path', [{ name: '/etc/evil' }], /absolute/],
  [
    'a link, then a file through it',
    [{ name: 'a', type: 'symlink', linkname: '/tmp' }, { name: 'a/evil' }],
    /no directory/,
  ],
  ['a hard link out', [{ name: 'a', type: 'link', linkname: '../../etc/passwd' }], /leads outside/],
  ['a hard link to an absolute path', [{ name: 'a', type: 'link', linkname: '/etc/passwd' }], /absolute/],
  [
    'a hard link to a link',
    [
      { name: 'a', type: 'symlink', linkname: '/etc/passwd' },
      { name: 'b', type: 'link', linkname: 'a' },
    ],
    /no earlier file/,
  ],
  ['a device', [{ name: 'sda', type: 'block-device' }], /no block-device/],
  ['a character device', [{ name: 'mem', type: 'character-device' }], /no character-device/],
  ['a named pipe', [{ name: 'pipe', type: 'fifo' }], /no fifo/],
  ['a path twice', [{ name: 'a' }, { name: './a' }], /twice/],
  ['a directory, then a link in its place', [{ name: 'a/b' }, { name: 'a', type: 'symlink', linkname: '/' }], /twice/],
  ['a whiteout of the folder above', [{ name: '.wh...' }], /removes no name/],
  ['a whiteout that is a link', [{ name: '.wh.a', type: 'symlink', linkname: '/' }], /empty file/],
  ['a sparse file', [{ name: 'a', pax: { 'GNU.sparse.major': '1' } }], /sparse/],
  ['a name that is too long', [{ name: `a/${'x'.repeat(256)}` }], /too long/],
  ['a link to nowhere', [{ name: 'a', type: 'symlink', linkname: '' }], /nowhere/],
];

for (const [name, entries, problem] of hostile) {
  test(`refuses ${name}, and writes nothing of the layer`, async () => {
    const harmless = { name: 'harmless', body: 'x' };
    await assert.rejects(unpack([harmless, ...entries]), (error) => {
      assert.ok(error instanceof Failure);
      assert.equal(error.exitCode, 2);
      assert.match(error.problem, problem);
      return true;
    });
    const left = await readdir(join(folder, `store-${count - 1}`), { recursive: true });
    assert.deepEqual(left, ['boot']);
  });
}

test('refuses a layer of too many entries or bytes, before it is known how many there are', () => {
  const many = new LayerGuard({ entries: 2, sizeBytes: 100 });
  many.check({ name: 'a/', type: 'directory', size: 0 });
  many.check({ name: 'b', type: 'file', size: 60 });
  assert.throws(() => many.check({ name: 'c', type: 'file', size: 0 }), /more than 2 entries/);
  const large = new LayerGuard({ entries: 9, sizeBytes: 100 });
  large.check({ name: 'a', type: 'file', size: 60 });
  assert.throws(() => large.check({ name: 'b', type: 'file', size: 60 }), /more than 100 bytes/);
  assert.throws(() => large.check({ name: 'c', type: 'file', size: Number.NaN }), /more than 100 bytes/);
});

test('refuses layers that are cut, damaged, or not what the configuration says', async () => {
  const archive = await tar([{ name: 'a', body: 'x'.repeat(2000) }]);
  await assert.rejects(unpack(archive.subarray(0, 1024)), /damaged/);
  const flipped = Buffer.from(archive);
  flipped[3] = 0xff;
  await assert.rejects(unpack(flipped), /damaged/);

  const image = await makeTinyImage(join(folder, 'tampered'), { node: false, layers: [archive] });
  const layout = await openLayout(image.layoutDir);
  const layer = (await layout.manifest(image.manifestDigest)).layers[0];
  await writeFile(layout.blobPath(layer?.digest ?? `sha256:`), Buffer.from(archive).fill(0x79, 600, 610));
  const store = createLayerStore(join(folder, 'tampered-store'), 'boot');
  await assert.rejects(store.unpack(image.layoutDir, image.manifestDigest), /damaged|digest/);
});

test('writes files, folders and links as the layer has them, without set-user-id, and readable by their owner', async () => {
  const { layers } = await unpack([
    { name: 'bin/', type: 'directory', mode: 0o500 },
    { name: 'bin/tool', mode: 0o4755, body: 'tool', mtime: new Date(1000) },
    { name: 'bin/again', type: 'link', linkname: 'bin/tool' },
    { name: 'etc/secret', mode: 0, body: 's' },
    { name: 'var', type: 'symlink', linkname: '/etc' },
  ]);
  const root = layers[0]?.directory ?? '';
  assert.equal(statSync(join(root, 'bin')).mode & 0o7777, 0o700);
  const tool = statSync(join(root, 'bin/tool'));
  assert.deepEqual([tool.mode & 0o7777, tool.nlink, tool.mtimeMs], [0o755, 2, 1000]);
  assert.equal(statSync(join(root, 'etc/secret')).mode & 0o777, 0o600);
  assert.equal(readlinkSync(join(root, 'var')), '/etc');
});

test('a layer is unpacked once, also by several at the same time, and shared by images', async () => {
  const layoutDir = join(folder, 'shared');
  const base = [textFile('base', 'base')];
  const one = await makeTinyImage(layoutDir, { node: false, layers: [base, [textFile('one', '1')]] });
  const two = await makeTinyImage(layoutDir, { node: false, layers: [base, [textFile('two', '2')]] });
  const store = createLayerStore(join(folder, 'shared-store'), 'boot');
  const images = await Promise.all([one, two, one].map((image) => store.unpack(layoutDir, image.manifestDigest)));
  assert.equal(new Set(images.map(({ layers }) => layers[0]?.directory)).size, 1);
  assert.equal((await readdir(join(folder, 'shared-store', 'boot'))).length, 3);
});

test('what a killed process left half unpacked is removed, and what a living one is at stays', async () => {
  const image = await makeTinyImage(join(folder, 'killed'), { node: false, layers: [[textFile('a', 'a')]] });
  const home = join(folder, 'killed-store', 'boot');
  const living = `.making-${process.ppid}-x`;
  for (const name of [`.making-${2 ** 22 + 1}-x`, living]) await mkdir(join(home, name), { recursive: true });
  await createLayerStore(join(folder, 'killed-store'), 'boot').unpack(image.layoutDir, image.manifestDigest);
  const left = await readdir(home);
  assert.deepEqual(
    left.filter((name) => name.startsWith('.making-')),
    [living],
  );
});

test('what was unpacked before a reboot is unpacked again', async () => {
  const image = await makeTinyImage(join(folder, 'boots'), { node: false, layers: [[textFile('a', 'a')]] });
  for (const boot of ['first', 'second']) {
    const store = createLayerStore(join(folder, 'boots-store'), boot);
    const { layers } = await store.unpack(image.layoutDir, image.manifestDigest);
    assert.equal(readFileSync(join(layers[0]?.directory ?? '', 'a'), 'utf8'), 'a');
    assert.deepEqual(await readdir(join(folder, 'boots-store')), [boot]);
  }
});

test('layers that take something away, or enter what they do not describe, are merged; others are stacked', async () => {
  const base: Entry[] = [
    { name: 'keep/', type: 'directory' },
    { name: 'keep/a', body: 'a' },
    { name: 'gone', body: 'x' },
    { name: 'usr/bin/', type: 'directory' },
    { name: 'bin', type: 'symlink', linkname: 'usr/bin' },
    { name: 'old/x', body: 'x' },
  ];
  const changes: Entry[] = [
    { name: '.wh.gone' },
    { name: 'old/', type: 'directory' },
    { name: 'old/.wh..wh..opq' },
    { name: 'old/y', body: 'y' },
    { name: 'bin/tool', body: 'tool' },
    { name: 'keep/a', body: 'b' },
  ];
  const store = createLayerStore(join(folder, 'merge-store'), 'boot');
  const image = await makeTinyImage(join(folder, 'merge'), {
    node: false,
    layers: [await tar(base), await tar(changes)],
  });
  const unpacked = await store.unpack(image.layoutDir, image.manifestDigest);
  const [merged = '', ...others] = await store.stack(unpacked);
  assert.deepEqual(others, []);
  const tree = (await readdir(merged, { recursive: true })).sort();
  assert.equal(readlinkSync(join(merged, 'bin')), 'usr/bin');
  assert.deepEqual(tree, ['bin', 'bin/tool', 'keep', 'keep/a', 'old', 'old/y', 'usr', 'usr/bin', 'usr/bin/tool']);
  assert.equal(readFileSync(join(merged, 'keep/a'), 'utf8'), 'b');
  assert.equal(statSync(join(merged, 'keep/a')).nlink, 2);

  const plain = await unpack(base, [
    { name: 'new/', type: 'directory' },
    { name: 'new/file', body: 'n' },
  ]);
  const stacked = await createLayerStore(plain.store, 'boot').stack(plain);
  assert.deepEqual(
    stacked,
    plain.layers.map(({ directory }) => directory),
  );
});

test('a copy shares no file with the layers', async () => {
  const { layers } = await unpack([{ name: 'a', body: 'original' }]);
  const copy = await mkdtemp(join(folder, 'copy-'));
  await mergeLayers(layers, copy, 'copy');
  await writeFile(join(copy, 'a'), 'changed');
  assert.equal(readFileSync(join(layers[0]?.directory ?? '', 'a'), 'utf8'), 'original');
});

test('compressed layers are read, and a machine of another kind is named', async () => {
  const layoutDir = join(folder, 'gzip');
  const archive = await tar([{ name: 'a', body: 'zipped' }]);
  const plain = await makeTinyImage(layoutDir, { node: false, layers: [archive] });
  const layout = await openLayout(layoutDir);
  const manifest = await layout.manifest(plain.manifestDigest);
  const blob = await layout.putBlob(gzipSync(archive));
  const layer = { mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip', ...blob };
  const put = (value: object) => layout.putBlob(Buffer.from(JSON.stringify(value)));
  const zipped = await put({ ...manifest, layers: [layer] });
  const store = createLayerStore(join(folder, 'gzip-store'), 'boot');
  const { layers, config } = await store.unpack(layoutDir, zipped.digest);
  assert.equal(readFileSync(join(layers[0]?.directory ?? '', 'a'), 'utf8'), 'zipped');

  const foreign = { ...manifest.config, ...(await put({ ...config, architecture: 's390x' })) };
  const elsewhere = await put({ ...manifest, config: foreign });
  await assert.rejects(store.unpack(layoutDir, elsewhere.digest), /linux\/s390x/);
});
