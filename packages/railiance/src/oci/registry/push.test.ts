import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, test } from 'node:test';

import { startMemoryRegistry } from '../../testing/memoryRegistry.ts';
import { scratchDirectory } from '../../testing/scratch.ts';
import { makeTinyImage, textFile } from '../../testing/tinyImage.ts';
import type { ByteReader } from '../compress/byteReader.ts';
import { openLayout } from '../layout.ts';
import { type ImageSource, imageInLayout } from './imageSource.ts';
import { pushImage } from './push.ts';
import { Registry } from './registry.ts';

async function world() {
  const memory = await startMemoryRegistry({});
  const registry = new Registry({ host: memory.host, plainHttp: true, wait: async () => {} });
  after(async () => {
    registry.close();
    await memory.close();
  });
  const directory = await scratchDirectory('push');
  // One that is sent as it is made, the largest that is made before it is sent, a small one: none of them shrinks.
  const layers = [9_000_000, 4_190_000, 3_000].map((size) => [
    { ...textFile('app/data', ''), content: randomBytes(size) },
  ]);
  const { manifestDigest } = await makeTinyImage(directory, { node: false, layers });
  const image = await imageInLayout(await openLayout(directory), manifestDigest);
  return { ...memory, image, repository: registry.repository('app', 'push') };
}

/** The same image, and what was read of each of its layers each time one was opened. */
function observed(image: ImageSource) {
  const reads: { readonly diffId: string; bytes: number }[] = [];
  const layers = image.layers.map((layer) => ({
    ...layer,
    open: async (): Promise<ByteReader> => {
      const reader = await layer.open();
      const read = { diffId: layer.diffId, bytes: 0 };
      reads.push(read);
      return {
        fill: async (target) => {
          const filled = await reader.fill(target);
          read.bytes += filled;
          return filled;
        },
        close: () => reader.close(),
      };
    },
  }));
  return { image: { ...image, layers }, reads };
}

for (const kind of ['gzip', 'zstd'] as const) {
  test(`each layer is read once from its place, and checked, made ${kind} and sent meanwhile`, async () => {
    const { image: plain, repository } = await world();
    const { image, reads } = observed(plain);
    await pushImage(repository, image, { tag: 'v1', compression: { kind, level: 1 } });
    assert.deepEqual(
      reads.toSorted((a, b) => b.bytes - a.bytes),
      plain.layers.map(({ diffId, sizeBytes }) => ({ diffId, bytes: sizeBytes })).toSorted((a, b) => b.bytes - a.bytes),
    );
  });
}

test('of an image that is there nothing is read but its documents, and nothing is asked but its manifest', async () => {
  const { image: plain, repository, requests } = await world();
  await pushImage(repository, plain, { tag: 'v1' });
  const before = requests.length;
  const { image, reads } = observed(plain);
  const again = await pushImage(repository, async () => image, { tag: 'v1' });
  assert.deepEqual([again.unchanged, reads], [true, []]);
  assert.deepEqual(
    requests.slice(before).map(({ method }) => method),
    ['GET'],
  );
});

test('an image that cannot be read is told, also where the registry fails too', async () => {
  const { image, repository, close } = await world();
  const broken = async () => {
    throw new Error('the disk is gone');
  };
  await assert.rejects(pushImage(repository, broken, { tag: 'v1' }), /the disk is gone/);
  await close();
  await assert.rejects(pushImage(repository, broken, { tag: 'v1' }), /the disk is gone/);
  await assert.rejects(
    pushImage(repository, async () => image, { tag: 'v1' }),
    { name: 'RegistryError', code: 'unreachable' },
  );
});
