import assert from 'node:assert/strict';
import { mkdtemp, rm, truncate, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';

import { type Layout, mediaTypes, openLayout } from '../oci/index.ts';
import { sampleDigest } from '../testing/sampleRelease.ts';
import { createLayoutImageStore } from './layoutImageStore.ts';

const root = await mkdtemp(join(tmpdir(), 'railiance-images-'));
after(() => rm(root, { recursive: true, force: true }));

const commit = 'c0ffee'.padEnd(40, '0');
const { signal } = new AbortController();
let folders = 0;

async function store() {
  const folder = join(root, String(folders++));
  return { layout: await openLayout(folder), images: createLayoutImageStore(folder) };
}

/** An image of one layer, as a builder writes it. */
async function put(layout: Layout, name: string, labels: Record<string, string> = {}) {
  const json = async (mediaType: string, value: object) => ({
    mediaType,
    ...(await layout.putBlob([Buffer.from(JSON.stringify(value))])),
  });
  const layer = { mediaType: mediaTypes.layer, ...(await layout.putBlob([Buffer.from(`layer of ${name}`)])) };
  const config = await json(mediaTypes.config, {
    architecture: 'amd64',
    os: 'linux',
    config: { Labels: labels },
    rootfs: { type: 'layers', diff_ids: [layer.digest] },
  });
  const manifest = await json(mediaTypes.manifest, {
    schemaVersion: 2,
    mediaType: mediaTypes.manifest,
    config,
    layers: [layer],
  });
  await layout.tag(name, manifest);
  return { manifest: manifest.digest, config: config.digest, layer: layer.digest, sizeBytes: config.size + layer.size };
}

describe('images of a layout', () => {
  test('tell again what their builder said', async () => {
    const { layout, images } = await store();
    const labels = { 'dev.railiance.builder': 'node', 'org.opencontainers.image.revision': commit };
    const made = await put(layout, 'probe:c0ffee0', labels);
    assert.deepEqual(await images.find('probe', 'c0ffee0'), {
      app: 'probe',
      revision: { commit, tag: 'c0ffee0', dirty: false },
      configDigest: made.config,
      manifestDigest: made.manifest,
      sizeBytes: made.sizeBytes,
      platform: 'linux/amd64',
      builder: 'node',
    });
  });

  test('of a dirty tree, and of no builder we know, say so', async () => {
    const { layout, images } = await store();
    const tag = 'c0ffee0-dirty-12345678';
    await put(layout, `probe:${tag}`, { 'org.opencontainers.image.revision': tag });
    const found = await images.find('probe', tag);
    assert.deepEqual(found?.revision, { tag, dirty: true });
    assert.equal(found?.builder, 'unknown');
  });

  test('are found by app and tag only', async () => {
    const { layout, images } = await store();
    for (const name of ['probe:b', 'probe:a', 'probe-two:c']) await put(layout, name);
    assert.deepEqual(await images.tags('probe'), ['a', 'b']);
    assert.equal(await images.find('probe', 'c'), undefined);
    assert.equal(await images.find('other', 'a'), undefined);
  });

  test('are verified to the last byte', async () => {
    const { layout, images } = await store();
    const made = await put(layout, 'probe:a');
    const artifact = await images.find('probe', 'a');
    assert.ok(artifact);
    await images.verify(artifact, signal);
    const other = { ...artifact, configDigest: sampleDigest('other') };
    await assert.rejects(images.verify(other, signal), /config digest is sha256:/);
    await writeFile(layout.blobPath(made.layer), 'Layer of probe:a');
    await assert.rejects(images.verify(artifact, signal), { name: 'Failure' });
    await truncate(layout.blobPath(made.layer), 3);
    await assert.rejects(images.verify(artifact, signal), { name: 'Failure' });
    await rm(layout.blobPath(made.layer));
    await assert.rejects(images.verify(artifact, signal), (error: Error & { hint?: string }) => {
      assert.ok(error.hint);
      return true;
    });
  });

  test('tell when they were last of use', async () => {
    const { layout, images } = await store();
    const [old, recent] = [await put(layout, 'probe:old'), await put(layout, 'probe:recent')];
    await put(layout, 'other:x');
    const longAgo = new Date(Date.now() - 7_200_000);
    for (const { manifest } of [old, recent]) await utimes(layout.blobPath(manifest), longAgo, longAgo);
    await layout.hasBlob(recent.manifest);
    const ages = new Map((await images.versions('probe')).map(({ tag, age }) => [tag, Date.now() - age]));
    assert.deepEqual([...ages.keys()].sort(), ['old', 'recent']);
    assert.ok((ages.get('old') ?? 0) > 7_000_000 && (ages.get('recent') ?? 7_000_000) < 60_000);
  });

  test('go when they are dropped and nobody keeps them, with the blobs nobody else has', async () => {
    const { layout, images } = await store();
    const [a, b, c] = await Promise.all(['probe:a', 'probe:b', 'probe:c'].map((name) => put(layout, name)));
    assert.ok(a && b && c);
    const longAgo = new Date(Date.now() - 7_200_000);
    for (const digest of [a.layer, b.layer, c.layer]) await utimes(layout.blobPath(digest), longAgo, longAgo);
    const pruned = await images.prune('probe', new Set(['a', 'b', 'nowhere']), new Set([b.manifest]));
    assert.deepEqual(pruned.removed, ['a']);
    assert.ok(pruned.freedBytes > 0);
    assert.deepEqual(await images.tags('probe'), ['b', 'c']);
    assert.deepEqual(await Promise.all([a, b, c].map(({ layer }) => layout.hasBlob(layer))), [false, true, true]);
  });

  test('of others stay, and so does what the next build is put upon', async () => {
    const { layout, images } = await store();
    const names = ['probe:a', 'base/probe', 'other:a', 'probe-two:a'];
    const all = await Promise.all(names.map((name) => put(layout, name)));
    const longAgo = new Date(Date.now() - 7_200_000);
    for (const { layer } of all) await utimes(layout.blobPath(layer), longAgo, longAgo);
    assert.deepEqual((await images.prune('probe', new Set(['a', '']), new Set())).removed, ['a']);
    const left = (await layout.list()).map(({ name }) => name);
    assert.deepEqual(left.sort(), ['base/probe', 'other:a', 'probe-two:a']);
    const kept = await Promise.all(all.map(({ layer }) => layout.hasBlob(layer)));
    assert.deepEqual(kept, [false, true, true, true]);
  });
});
