import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';

import { type FaultScript, startMemoryRegistry } from '../../testing/memoryRegistry.ts';
import { scratchDirectory } from '../../testing/scratch.ts';
import { makeTinyImage, textFile } from '../../testing/tinyImage.ts';
import { openLayout } from '../layout.ts';
import type { Descriptor, Digest } from '../types.ts';
import { imageInLayout } from './imageSource.ts';
import type { LayerMemory } from './layerMemory.ts';
import { pushImage } from './push.ts';
import { Registry } from './registry.ts';

function memory(): LayerMemory & { readonly layers: Map<Digest, Descriptor> } {
  const layers = new Map<Digest, Descriptor>();
  return {
    layers,
    known: async () => layers,
    keep: async ({ diffId, digest, size, mediaType }) => void layers.set(diffId, { digest, size, mediaType }),
  };
}

async function arena(faults?: FaultScript) {
  const server = await startMemoryRegistry(faults && { faults });
  const registry = new Registry({ host: server.host, plainHttp: true, retry: { attempts: 1 } });
  const directory = await scratchDirectory('remembered');
  const layers = [randomBytes(9_000_000), randomBytes(1000)].map((content) => [{ ...textFile('app/x', ''), content }]);
  const { manifestDigest } = await makeTinyImage(directory, { node: false, layers });
  const image = await imageInLayout(await openLayout(directory), manifestDigest);
  const close = async () => {
    registry.close();
    await server.close();
  };
  return {
    repository: registry.repository('app', 'push'),
    store: server.store,
    requests: server.requests,
    image,
    close,
  };
}

test('a push that broke off goes on where it was: no layer is sent twice', async () => {
  let down = true;
  const faults: FaultScript = ({ method, url }) =>
    down && method === 'PUT' && url.includes('/manifests/') ? { kind: 'status', status: 503 } : undefined;
  const { repository, image, close } = await arena(faults);
  const remembered = memory();
  await assert.rejects(pushImage(repository, image, { tag: 'v1', memory: remembered }), /503/);
  assert.equal(remembered.layers.size, 2);
  down = false;
  const pushed = await pushImage(repository, image, { tag: 'v1', memory: remembered });
  assert.equal(pushed.sentBytes, 0);
  assert.deepEqual(
    pushed.layers.map(({ reused }) => reused),
    [true, true],
  );
  await close();
});

test('what is remembered is not looked up, and what has gone is sent again', async () => {
  const { repository, store, requests, image, close } = await arena();
  const remembered = memory();
  await pushImage(repository, image, { tag: 'v1', memory: remembered });
  const before = requests.length;
  assert.equal((await pushImage(repository, image, { tag: 'v2', memory: remembered })).sentBytes, 0);
  assert.ok(!requests.slice(before).some(({ url }) => url.includes('/tags/')));
  store.repository('app').blobs.clear();
  const again = await pushImage(repository, image, { tag: 'v3', memory: remembered });
  assert.ok(again.layers.every(({ reused }) => !reused));
  await close();
});
