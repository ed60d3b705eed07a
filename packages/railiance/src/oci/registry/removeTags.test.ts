import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import fc from 'fast-check';

import { type MemoryRegistry, type MemoryRegistryOptions, startMemoryRegistry } from '../../testing/memoryRegistry.ts';
import { digestOf } from '../digest.ts';
import { type Digest, mediaTypes } from '../types.ts';
import { Registry } from './registry.ts';
import { removeTags } from './removeTags.ts';

/** What a repository holds: tags that name images by their number, or indexes of them by their letter. */
interface Contents {
  readonly tags: Readonly<Record<string, number | string>>;
  readonly indexes?: Readonly<Record<string, readonly number[]>>;
}

async function arena(options: MemoryRegistryOptions = {}) {
  const server = await startMemoryRegistry(options);
  const registry = new Registry({ host: server.host, plainHttp: true });
  after(async () => {
    registry.close();
    await server.close();
  });
  return { server, repository: registry.repository('app', 'delete') };
}

const descriptor = (bytes: Buffer, mediaType: string) => ({ mediaType, digest: digestOf(bytes), size: bytes.length });
const configOf = (image: number) => descriptor(Buffer.from(`config ${image}`), mediaTypes.config);

function put({ store }: MemoryRegistry, document: object, mediaType: string) {
  const bytes = Buffer.from(JSON.stringify(document));
  store.repository('app').manifests.set(digestOf(bytes), { bytes, mediaType });
  return descriptor(bytes, mediaType);
}

function fill(server: MemoryRegistry, { tags, indexes = {} }: Contents): void {
  server.store.repositories.clear();
  const image = (at: number) =>
    put(
      server,
      { schemaVersion: 2, mediaType: mediaTypes.manifest, config: configOf(at), layers: [] },
      mediaTypes.manifest,
    );
  for (const [tag, names] of Object.entries(tags)) {
    const { digest } =
      typeof names === 'number'
        ? image(names)
        : put(
            server,
            { schemaVersion: 2, mediaType: mediaTypes.index, manifests: (indexes[names] ?? []).map(image) },
            mediaTypes.index,
          );
    server.store.repository('app').tags.set(tag, digest);
  }
}

const tagsIn = ({ store }: MemoryRegistry) => [...store.repository('app').tags.keys()].sort();

for (const deleteByTag of [true, false]) {
  describe(`tags are removed ${deleteByTag ? 'by themselves' : 'by their digests'}`, () => {
    const start = () => arena({ deleteByTag, tagPage: 4 });

    test('those that were named, and no others', async () => {
      const { server, repository } = await start();
      fill(server, { tags: { a: 1, b: 2, c: 3, d: 4 } });
      const { removed, spared, remaining } = await removeTags(repository, { unneeded: ['b', 'nowhere', 'a'] });
      assert.deepEqual(
        removed.map(({ tag, configDigests }) => [tag, ...configDigests]),
        [
          ['b', configOf(2).digest],
          ['a', configOf(1).digest],
        ],
      );
      assert.deepEqual([spared, remaining, tagsIn(server)], [[], 0, ['c', 'd']]);
    });

    test('never an image that a kept tag shares, or an index that is kept names', async () => {
      const { server, repository } = await start();
      fill(server, { tags: { a: 1, same: 1, b: 2, c: 3, all: 'x' }, indexes: { x: [2, 9] } });
      const { removed, spared } = await removeTags(repository, { unneeded: ['a', 'b', 'c'] });
      assert.deepEqual(
        removed.map(({ tag }) => tag),
        ['c'],
      );
      assert.deepEqual(spared, [
        { tag: 'a', reason: 'it is the same image as same' },
        { tag: 'b', reason: 'it is part of all' },
      ]);
      assert.deepEqual(tagsIn(server), ['a', 'all', 'b', 'same']);
    });

    test('no more at once than the limit, and none where it only looks', async () => {
      const { server, repository } = await start();
      fill(server, { tags: { a: 1, b: 2, c: 3, d: 4 } });
      const look = await removeTags(repository, { unneeded: ['a', 'b', 'c'], limit: 2, dryRun: true });
      assert.deepEqual([look.removed.map(({ tag }) => tag), look.remaining], [['a', 'b'], 1]);
      assert.equal(tagsIn(server).length, 4);
      await removeTags(repository, { unneeded: ['a', 'b', 'c'], limit: 2 });
      assert.deepEqual(tagsIn(server), ['c', 'd']);
    });

    test('not where the caller knows a reason, be it a digest or what runs', async () => {
      const { server, repository } = await start();
      fill(server, { tags: { a: 1, b: 2, all: 'x' }, indexes: { x: [3] } });
      const keep = new Set([server.store.repository('app').tags.get('a') as Digest]);
      const spare = ({ configDigests }: { configDigests: readonly Digest[] }) =>
        configDigests.includes(configOf(3).digest) ? 'it runs' : undefined;
      const { spared } = await removeTags(repository, { unneeded: ['a', 'b', 'all'], keep, spare });
      assert.deepEqual(spared, [
        { tag: 'a', reason: 'its digest is kept' },
        { tag: 'all', reason: 'it runs' },
      ]);
      assert.deepEqual(tagsIn(server), ['a', 'all']);
    });

    test('nothing is harmed, whatever the repository holds', async () => {
      const { server, repository } = await start();
      const image = fc.integer({ min: 0, max: 5 });
      const tag = fc.tuple(
        fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g'),
        fc.oneof(image, fc.constantFrom('x', 'y')),
      );
      const given = fc.record({
        tags: fc.array(tag, { maxLength: 9 }).map((entries) => Object.fromEntries(entries)),
        x: fc.array(image, { maxLength: 3 }),
        y: fc.array(image, { maxLength: 3 }),
        unneeded: fc.uniqueArray(fc.constantFrom<string>('a', 'b', 'c', 'd', 'e', 'f', 'g')),
        limit: fc.integer({ min: 1, max: 7 }),
      });
      await fc.assert(
        fc.asyncProperty(given, async ({ tags, x, y, unneeded, limit }) => {
          fill(server, { tags, indexes: { x, y } });
          const before = new Map(server.store.repository('app').tags);
          const { removed } = await removeTags(repository, { unneeded, limit });
          assert.ok(removed.every((one) => unneeded.includes(one.tag)));
          assert.ok(removed.length <= limit);
          for (const [name, digest] of before) {
            if (unneeded.includes(name)) continue;
            assert.equal(server.store.repository('app').tags.get(name), digest);
            const manifest = server.store.repository('app').manifests.get(digest);
            const { manifests = [] } = JSON.parse(manifest?.bytes.toString() ?? '') as {
              manifests?: { digest: string }[];
            };
            for (const child of manifests) assert.ok(server.store.repository('app').manifests.has(child.digest));
          }
        }),
        { numRuns: 60 },
      );
    });
  });
}

test('what is pushed while it looks stays', async () => {
  let lists = 0;
  const { server, repository } = await arena({
    deleteByTag: false,
    before: async ({ url }) => {
      if (!url.includes('/tags/list') || ++lists !== 2) return;
      const { tags } = server.store.repository('app');
      tags.set('late', tags.get('a') as Digest);
    },
  });
  fill(server, { tags: { a: 1, b: 2, c: 3 } });
  const { removed } = await removeTags(repository, { unneeded: ['a', 'b'] });
  assert.deepEqual(
    removed.map(({ tag }) => tag),
    ['b'],
  );
  assert.deepEqual(tagsIn(server), ['a', 'c', 'late']);
});

test('a registry that deletes nothing is told as such', async () => {
  const faults = ({ method }: { method: string }) =>
    method === 'DELETE' ? ({ kind: 'status', status: 405 } as const) : undefined;
  const { server, repository } = await arena({ faults });
  fill(server, { tags: { a: 1, b: 2 } });
  await assert.rejects(removeTags(repository, { unneeded: ['a'] }), { name: 'RegistryError', status: 405 });
});
