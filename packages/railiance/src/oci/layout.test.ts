import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, truncate, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';

import { digestOf } from './digest.ts';
import { type Layout, openLayout } from './layout.ts';
import { OciError, type OciErrorCode } from './ociError.ts';
import { type Descriptor, type Digest, mediaTypes } from './types.ts';

const root = await mkdtemp(join(tmpdir(), 'railiance-layout-'));
after(() => rm(root, { recursive: true, force: true }));
let count = 0;
const freshLayout = () => openLayout(join(root, String(++count)));

const fails =
  (code: OciErrorCode, ...parts: readonly string[]) =>
  (error: unknown) =>
    error instanceof OciError && error.code === code && parts.every((part) => error.message.includes(part));

async function putImage(layout: Layout, text: string): Promise<Descriptor & { readonly layer: Digest }> {
  const layer = await layout.putBlob(Buffer.from(`layer ${text}`));
  const image = { os: 'linux', architecture: 'amd64', rootfs: { type: 'layers', diff_ids: [layer.digest] } };
  const config = await layout.putBlob(Buffer.from(JSON.stringify(image)));
  const manifest = {
    schemaVersion: 2,
    mediaType: mediaTypes.manifest,
    config: { mediaType: mediaTypes.config, ...config },
    layers: [{ mediaType: mediaTypes.layer, ...layer }],
  };
  const stored = await layout.putBlob(Buffer.from(JSON.stringify(manifest)));
  return { mediaType: mediaTypes.manifest, ...stored, layer: layer.digest };
}

const bare = ({ mediaType, digest, size }: Descriptor): Descriptor => ({ mediaType, digest, size });

test('is an image layout as the specification has it', async () => {
  const layout = await freshLayout();
  const image = await putImage(layout, 'a');
  await layout.tag('probe:1', bare(image));
  assert.deepEqual(JSON.parse(await readFile(join(layout.directory, 'oci-layout'), 'utf8')), {
    imageLayoutVersion: '1.0.0',
  });
  assert.deepEqual(JSON.parse(await readFile(join(layout.directory, 'index.json'), 'utf8')), {
    schemaVersion: 2,
    mediaType: mediaTypes.index,
    manifests: [{ ...bare(image), annotations: { 'org.opencontainers.image.ref.name': 'probe:1' } }],
  });
  assert.equal(layout.blobPath(image.digest), join(layout.directory, 'blobs/sha256', image.digest.slice(7)));
  assert.equal((await layout.config((await layout.manifest(image.digest)).config.digest)).os, 'linux');
});

test('opening again finds what is there', async () => {
  const layout = await freshLayout();
  await layout.tag('probe:1', bare(await putImage(layout, 'a')));
  const again = await openLayout(layout.directory);
  assert.deepEqual(await again.list(), await layout.list());
  assert.equal((await again.list()).length, 1);
});

test('a name moves, and goes', async () => {
  const layout = await freshLayout();
  const [one, two] = [await putImage(layout, '1'), await putImage(layout, '2')];
  await layout.tag('probe:x', bare(one));
  await layout.tag('other:x', bare(one));
  await layout.tag('probe:x', bare(two));
  assert.equal((await layout.resolve('probe:x')).digest, two.digest);
  assert.equal((await layout.resolve('other:x')).digest, one.digest);
  assert.equal(await layout.remove('probe:x'), true);
  assert.equal(await layout.remove('probe:x'), false);
  await assert.rejects(layout.resolve('probe:x'), fails('missing', 'probe:x'));
});

for (const name of ['', '../x', 'a b', 'a\n', '-a', 'a'.repeat(300), 'a//b']) {
  test(`refuses the name ${JSON.stringify(name.slice(0, 20))}`, async () => {
    const layout = await freshLayout();
    const image = await putImage(layout, 'a');
    await assert.rejects(layout.tag(name, bare(image)), fails('invalid'));
  });
}

test('a name never leads to an image with a hole', async () => {
  const layout = await freshLayout();
  const image = await putImage(layout, 'a');
  await rm(layout.blobPath(image.layer));
  await assert.rejects(layout.tag('probe:1', bare(image)), fails('missing', 'probe:1', image.layer));
  assert.deepEqual(await layout.list(), []);
});

test('content that is not what was expected is refused, and nothing of it stays', async () => {
  const layout = await freshLayout();
  const digest = digestOf('abc');
  const piecewise = async function* () {
    yield Buffer.from('a');
    yield Buffer.from('bc');
  };
  await assert.rejects(layout.putBlob(Buffer.from('abd'), { digest }), fails('mismatch', digest));
  await assert.rejects(layout.putBlob(piecewise(), { size: 2 }), fails('mismatch', '2 bytes'));
  await assert.rejects(layout.putBlob(piecewise(), { size: 4 }), fails('mismatch', '4 bytes'));
  assert.deepEqual(await readdir(join(layout.directory, 'blobs/sha256')), []);
  assert.deepEqual(await readdir(join(layout.directory, '.ingest')), []);
  assert.deepEqual(await layout.putBlob(piecewise(), { digest, size: 3 }), { digest, size: 3 });
});

test('endless content is cut off at the expected size', async () => {
  const layout = await freshLayout();
  const endless = function* () {
    for (;;) yield Buffer.alloc(1024);
  };
  await assert.rejects(layout.putBlob(endless(), { size: 10_000 }), fails('mismatch'));
});

test('content whose source fails leaves nothing', async () => {
  const layout = await freshLayout();
  const failing = function* () {
    yield Buffer.from('a');
    throw new Error('cut off');
  };
  await assert.rejects(layout.putBlob(failing()), /cut off/);
  assert.deepEqual(await readdir(join(layout.directory, '.ingest')), []);
});

test('a damaged blob is never handed out, and storing it again mends it', async () => {
  const layout = await freshLayout();
  const { digest, size } = await layout.putBlob(Buffer.from('precious'));
  await writeFile(layout.blobPath(digest), 'Precious');
  await assert.rejects(layout.readBlob(digest), fails('mismatch', layout.blobPath(digest)));
  await assert.rejects(
    async () => {
      for await (const _ of layout.streamBlob(digest));
    },
    fails('mismatch', layout.blobPath(digest)),
  );
  await truncate(layout.blobPath(digest), 3);
  assert.equal(await layout.hasBlob(digest, size), false);

  await layout.putBlob(Buffer.from('precious'));
  assert.equal(await layout.hasBlob(digest, size), true);
  assert.equal((await layout.readBlob(digest)).toString(), 'precious');
});

test('what is not there, too large, or no digest is said so', async () => {
  const layout = await freshLayout();
  const { digest } = await layout.putBlob(Buffer.alloc(100));
  await assert.rejects(layout.readBlob(digest, 99), fails('too-large', '100'));
  await assert.rejects(layout.readBlob(digestOf('other')), fails('missing', digestOf('other')));
  await assert.rejects(layout.manifest(digestOf('other')), fails('missing'));
  assert.throws(() => layout.blobPath('sha256:../../../etc/passwd'), fails('invalid'));
});

for (const [what, text] of [
  ['cut short', '{"schemaVersion":2,"mani'],
  ['empty', ''],
  ['another kind of document', '[]'],
] as const) {
  test(`an index.json that is ${what} is named, and left as it is`, async () => {
    const layout = await freshLayout();
    const image = await putImage(layout, 'a');
    const file = join(layout.directory, 'index.json');
    await writeFile(file, text);
    for (const use of [() => layout.list(), () => layout.tag('a:1', bare(image)), () => layout.collect([])]) {
      await assert.rejects(use(), fails('invalid', file));
    }
    assert.equal(await readFile(file, 'utf8'), text);
  });
}

test('a layout of another version is refused', async () => {
  const layout = await freshLayout();
  await writeFile(join(layout.directory, 'oci-layout'), '{"imageLayoutVersion":"2.0.0"}');
  await assert.rejects(openLayout(layout.directory), fails('invalid', 'oci-layout'));
});

test('clean-up keeps what names and kept digests need, and what is new', async () => {
  const layout = await freshLayout();
  const [tagged, kept, loose] = [await putImage(layout, 't'), await putImage(layout, 'k'), await putImage(layout, 'l')];
  await layout.tag('probe:1', bare(tagged));
  assert.deepEqual((await layout.collect([kept.digest])).removed, []);

  const absent = digestOf('an image of another machine');
  const { removed, freedBytes } = await layout.collect([kept.digest, absent], { graceMs: 0 });
  assert.deepEqual(new Set(removed).has(loose.digest) && new Set(removed).has(loose.layer), true);
  assert.equal(removed.length, 3);
  assert.ok(freedBytes > loose.size);
  for (const image of [tagged, kept]) {
    assert.equal(await layout.hasBlob(image.digest), true);
    assert.equal(await layout.hasBlob(image.layer), true);
  }
});

test('clean-up keeps the children of a named index', async () => {
  const layout = await freshLayout();
  const [one, two] = [await putImage(layout, '1'), await putImage(layout, '2')];
  const index = { schemaVersion: 2, mediaType: mediaTypes.index, manifests: [bare(one), bare(two)] };
  const stored = await layout.putBlob(Buffer.from(JSON.stringify(index)));
  await layout.tag('probe:multi', { mediaType: mediaTypes.index, ...stored });
  assert.deepEqual((await layout.collect([], { graceMs: 0 })).removed, []);
});

test('asking for an old blob protects it from clean-up', async () => {
  const layout = await freshLayout();
  const { digest } = await layout.putBlob(Buffer.from('old'));
  const longAgo = new Date(Date.now() - 24 * 3600 * 1000);
  await utimes(layout.blobPath(digest), longAgo, longAgo);
  assert.equal(await layout.hasBlob(digest), true);
  assert.deepEqual((await layout.collect([])).removed, []);
  await utimes(layout.blobPath(digest), longAgo, longAgo);
  assert.deepEqual((await layout.collect([])).removed, [digest]);
});
