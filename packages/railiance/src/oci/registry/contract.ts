import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';

import { gunzipSync, zstdDecompressSync } from 'node:zlib';

import { scratchDirectory } from '../../testing/scratch.ts';
import { makeTinyImage, textFile } from '../../testing/tinyImage.ts';
import { digestOf } from '../digest.ts';
import { openLayout } from '../layout.ts';
import { type Descriptor, type Index, mediaTypes } from '../types.ts';
import { copyImage } from './copy.ts';
import type { Credentials } from './credentials.ts';
import { type ImageSource, imageInLayout } from './imageSource.ts';
import { pullImage } from './pull.ts';
import { pushImage } from './push.ts';
import { Registry } from './registry.ts';
import { RegistryError } from './registryError.ts';
import { removeTags } from './removeTags.ts';
import type { Access, Repository } from './repository.ts';
import { listTags } from './tags.ts';
import { Uploads } from './uploads.ts';

/** A registry that runs on the loopback, over plain HTTP. */
export interface RegistryFixture {
  readonly host: string;
  readonly token?: 'realm' | 'prefetch';
  readonly credentials?: Credentials;
  /** Before every repository's name, with a slash at its end. */
  readonly namespace?: string;
  readonly deletesByTag: boolean;
  close(): Promise<void>;
}

/** Pushes images under the names of their platforms, and an index of them. */
async function putIndex(repository: Repository, tag: string, images: Readonly<Record<string, ImageSource>>) {
  const manifests: Descriptor[] = [];
  for (const [architecture, source] of Object.entries(images)) {
    const { manifestDigest } = await pushImage(repository, source, { tag: architecture });
    const size = (await repository.manifest(architecture))?.size ?? 0;
    const platform = { os: 'linux', architecture };
    manifests.push({ mediaType: mediaTypes.manifest, digest: manifestDigest, size, platform });
  }
  const index: Index = { schemaVersion: 2, mediaType: mediaTypes.index, manifests };
  await repository.putManifest(tag, Buffer.from(JSON.stringify(index)), mediaTypes.index);
  return manifests;
}

/** What the client promises with any registry. */
export function registryContract(name: string, start: () => Promise<RegistryFixture>): void {
  describe(`registry client with ${name}`, () => {
    let fixture: RegistryFixture;
    let registry: Registry;
    let directory: string;
    const open = (repository: string, access: Access = 'push', mountFrom: readonly string[] = []) => {
      const full = (one: string) => `${fixture.namespace ?? ''}${one}`;
      return registry.repository(full(repository), access, mountFrom.map(full));
    };
    const image = async (...contents: readonly Uint8Array[]) => {
      const layers = contents.map((content) => [{ ...textFile('app/data', ''), content }]);
      const { manifestDigest } = await makeTinyImage(directory, { node: false, layers });
      return imageInLayout(await openLayout(directory), manifestDigest);
    };
    before(async () => {
      directory = await mkdtemp(join(tmpdir(), 'railiance-registry-contract-'));
      fixture = await start();
      const { host, token, credentials } = fixture;
      const source = credentials && (async () => credentials);
      registry = new Registry({ host, plainHttp: true, token, credentials: source });
    });
    after(async () => {
      registry?.close();
      await fixture?.close();
      await rm(directory, { recursive: true, force: true });
    });

    test('an image that was pushed is there under its tag and its digest, and comes back byte for byte', async () => {
      const repository = open('roundtrip');
      const pushed = await pushImage(repository, await image(randomBytes(1000)), { tag: 'v1' });
      const byTag = await repository.manifest('v1');
      const byDigest = await repository.manifest(pushed.manifestDigest);
      assert.equal(byTag?.digest, pushed.manifestDigest);
      assert.deepEqual(byDigest?.bytes, byTag?.bytes);
      assert.equal(await repository.resolve('v1'), pushed.manifestDigest);

      const layout = await openLayout(await scratchDirectory('pulled'));
      const pulled = await pullImage(open('roundtrip', 'pull'), layout, { reference: 'v1', name: 'app:v1' });
      assert.equal(pulled.manifestDigest, pushed.manifestDigest);
      assert.equal(pulled.configDigest, pushed.configDigest);
      assert.deepEqual(await layout.readBlob(pulled.manifestDigest), byTag?.bytes);
      const again = await pullImage(open('roundtrip', 'pull'), layout, { reference: 'v1', name: 'app:v1' });
      assert.equal(again.receivedBytes, 0);
    });

    for (const kind of ['gzip', 'zstd'] as const) {
      test(`a layer of 10 MiB goes through as ${kind}, and its content is the same after it`, async () => {
        const repository = open(`large-${kind}`);
        const source = await image(Buffer.concat([randomBytes(6 * 2 ** 20), Buffer.alloc(4 * 2 ** 20, 'railiance ')]));
        const pushed = await pushImage(repository, source, { tag: 'v1', compression: { kind, level: 1 } });
        const layout = await openLayout(await scratchDirectory('pulled'));
        await pullImage(repository, layout, { reference: 'v1', name: 'app:v1' });
        const [layer] = pushed.layers;
        assert.ok(layer);
        assert.equal(await uncompressedDigest(layout.blobPath(layer.digest), kind), layer.diffId);
        assert.ok(layer.size < 7 * 2 ** 20, `${layer.size} bytes`);
      });
    }

    test('the same image again sends nothing, also under another tag', async () => {
      const repository = open('again');
      const source = await image(randomBytes(1000), randomBytes(2000));
      const first = await pushImage(repository, source, { tag: 'v1' });
      const second = await pushImage(repository, source, { tag: 'v1' });
      assert.equal(second.unchanged, true);
      assert.equal(second.manifestDigest, first.manifestDigest);
      const third = await pushImage(repository, source, { tag: 'v2' });
      assert.equal(third.sentBytes, 0);
      assert.equal(third.manifestDigest, first.manifestDigest);
    });

    test('of an image of which one layer changed, one layer is sent', async () => {
      const repository = open('changed');
      const stable = randomBytes(500_000);
      await pushImage(repository, await image(stable, Buffer.from('one')), { tag: 'v1' });
      const second = await pushImage(repository, await image(stable, Buffer.from('two')), { tag: 'v2' });
      assert.deepEqual(
        second.layers.map(({ reused }) => reused),
        [true, false],
      );
      assert.ok(second.sentBytes < 10_000, `${second.sentBytes} bytes were sent`);
    });

    test('tags are all listed, and those of a repository that is not there are none', async () => {
      const repository = open('tags');
      const source = await image(Buffer.from('tags'));
      const names = Array.from({ length: 7 }, (_, at) => `t${at}`);
      for (const tag of names) await pushImage(repository, source, { tag });
      const listed = (await tagsOf(repository)).sort();
      assert.deepEqual(listed, names);
      assert.deepEqual(await tagsOf(open('nothing-here')), []);
    });

    test('a manifest whose blobs are not there is refused, with the codes of the registry', async () => {
      const repository = open('incomplete');
      const digest = digestOf(randomBytes(20));
      const config = { mediaType: mediaTypes.config, digest, size: 20 };
      const bytes = Buffer.from(
        JSON.stringify({ schemaVersion: 2, mediaType: mediaTypes.manifest, config, layers: [] }),
      );
      await assert.rejects(repository.putManifest('v1', bytes, mediaTypes.manifest), (error) => {
        assert.ok(error instanceof RegistryError);
        assert.ok(
          error.codes.some((code) => code.endsWith('BLOB_UNKNOWN')),
          error.message,
        );
        assert.equal(error.method, 'PUT');
        return true;
      });
      assert.equal(await repository.manifest('v1'), undefined);
    });

    test('a blob that is sent in pieces is the same', async () => {
      const repository = open('pieces');
      const content = randomBytes(3 * 2 ** 20);
      const pieces = async function* () {
        for (let at = 0; at < content.length; at += 700_000) yield content.subarray(at, at + 700_000);
      };
      const sent = await new Uploads(repository).putStream({ open: pieces });
      assert.equal(sent.digest, digestOf(content));
      assert.deepEqual(await repository.readBlob(sent.digest, 4 * 2 ** 20), content);
    });

    test('a blob of another repository is mounted, and one that is nowhere is not', async () => {
      const content = randomBytes(1000);
      const digest = digestOf(content);
      await new Uploads(open('mount-from')).putBytes(content, digest);
      const to = open('mount-to', 'push', ['mount-from']);
      assert.equal(await new Uploads(to).mount(digest, `${fixture.namespace ?? ''}mount-from`), true);
      assert.equal(await to.blobSize(digest), content.length);
      const nowhere = digestOf(randomBytes(10));
      assert.equal(await new Uploads(to).mount(nowhere, `${fixture.namespace ?? ''}mount-from`), false);
    });

    test('an index is copied with all its images, and every digest stays', async () => {
      const from = open('copy-from');
      const manifests = await putIndex(from, 'all', {
        amd64: await image(randomBytes(100)),
        arm64: await image(randomBytes(100)),
      });
      const to = open('copy-to', 'push', ['copy-from']);
      const copied = await copyImage(from, to, { reference: 'all', tag: 'copied' });
      assert.equal((await to.manifest('copied'))?.digest, (await from.manifest('all'))?.digest);
      for (const { digest } of manifests) assert.ok(await to.manifest(digest));
      assert.equal(copied.blobs.sent + copied.blobs.mounted > 0, true);
      const again = await copyImage(from, to, { reference: 'all', tag: 'copied', fixedTag: true });
      assert.equal(again.sentBytes, 0);
      const one = manifests[0]?.digest ?? '';
      await assert.rejects(copyImage(from, to, { reference: one, tag: 'copied', fixedTag: true }), { code: 'taken' });
      assert.equal((await to.manifest('copied'))?.digest, copied.manifestDigest, 'it names what it named');
    });

    test('tags that are not needed go, by themselves or by their digests, and none that is kept', async () => {
      const repository = open('clean-up', 'delete');
      const [shared, other] = [await image(randomBytes(50)), await image(randomBytes(50))];
      for (const tag of ['old', 'kept']) await pushImage(repository, shared, { tag });
      await pushImage(repository, other, { tag: 'older' });
      const { removed, spared } = await removeTags(repository, { unneeded: ['older', 'old'] });
      assert.deepEqual([removed.map(({ tag }) => tag), spared.map(({ tag }) => tag)], [['older'], ['old']]);
      assert.deepEqual((await tagsOf(repository)).sort(), ['kept', 'old']);
    });

    test('an image that is part of a kept index stays, and one that is part of an index that goes', async () => {
      const repository = open('clean-up-indexes', 'delete');
      const [part, alone, loose] = [
        await image(randomBytes(60)),
        await image(randomBytes(60)),
        await image(randomBytes(60)),
      ];
      const [{ digest } = { digest: '' }] = await putIndex(repository, 'all', { part });
      await putIndex(repository, 'all-of-old', { alone, part });
      await pushImage(repository, loose, { tag: 'loose' });
      const { removed, spared } = await removeTags(repository, { unneeded: ['loose', 'part', 'all-of-old'] });
      assert.deepEqual(removed.map(({ tag }) => tag).sort(), ['all-of-old', 'loose']);
      assert.deepEqual(spared, [{ tag: 'part', reason: 'it is part of all' }]);
      assert.deepEqual((await tagsOf(repository)).sort(), ['all', 'alone', 'part']);
      assert.equal((await repository.manifest(digest))?.digest, digest);
    });

    test('what was deleted is gone; one tag alone where the registry can do that', async () => {
      const repository = open('delete', 'delete');
      const source = await image(Buffer.from('delete'));
      const { manifestDigest } = await pushImage(repository, source, { tag: 'v1' });
      await pushImage(repository, source, { tag: 'v2' });
      if (fixture.deletesByTag) {
        assert.equal(await repository.deleteManifest('v1'), true);
        assert.equal(await repository.resolve('v2'), manifestDigest);
      } else {
        await assert.rejects(repository.deleteManifest('v1'), { name: 'RegistryError', status: 400 });
      }
      assert.equal(await repository.deleteManifest(manifestDigest), true);
      assert.equal(await repository.manifest('v2'), undefined);
      assert.equal(await repository.deleteManifest(manifestDigest), false);
    });
  });
}

async function tagsOf(repository: Repository): Promise<string[]> {
  const tags: string[] = [];
  for await (const tag of listTags(repository)) tags.push(tag);
  return tags;
}

async function uncompressedDigest(file: string, kind: 'gzip' | 'zstd'): Promise<string> {
  const bytes = await readFile(file);
  return digestOf(kind === 'gzip' ? gunzipSync(bytes) : zstdDecompressSync(bytes));
}
