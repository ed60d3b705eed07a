import assert from 'node:assert/strict';
import { test } from 'node:test';

import { digestOf, mediaTypes } from '../../oci/index.ts';
import { startMemoryRegistry } from '../../testing/memoryRegistry.ts';
import { addressHere, configDigestsAt } from './configDigests.ts';

const digest = (digit: string) => `sha256:${digit.repeat(64)}`;
const around = { env: {}, output: { redactWith: () => {} } };
const signal = new AbortController().signal;

const addresses: readonly (readonly [image: string, push: string, pull: string, here: string | undefined])[] = [
  ['reg:5000/app@x', 'reg:5000', 'reg:5000', 'reg:5000/app@x'],
  ['inside:5000/app@x', 'outside:80', 'inside:5000', 'outside:80/app@x'],
  ['inside:5000/team/app@x', 'outside:80/all/of/team', 'inside:5000/team', 'outside:80/all/of/team/app@x'],
  ['outside:80/app@x', 'outside:80', 'inside:5000', 'outside:80/app@x'],
  ['reg:50001/app@x', 'reg:5000', 'reg:5000', undefined],
  ['docker.io/library/app@x', 'reg:5000', 'reg:5000', undefined],
  ['sha256:abc', 'reg:5000', 'reg:5000', undefined],
];
for (const [image, push, pull, here] of addresses) {
  test(`${image} of nodes that pull from ${pull} is ${here ?? 'nowhere'} for who pushes to ${push}`, () => {
    assert.equal(addressHere(image, { push, pull }), here);
  });
}

test('the registry tells the configurations of an image and of an index, and of nobody else is anything asked', async (context) => {
  const registry = await startMemoryRegistry();
  context.after(() => registry.close());
  const { host, requests } = registry;
  const spec = { push: host, pull: 'inside:5000', plainHttp: true, token: 'realm', credentials: {} } as const;
  const ask = configDigestsAt(spec, around);
  const put = async (document: { readonly mediaType: string }) => {
    const init = { method: 'PUT', body: JSON.stringify(document), headers: { 'content-type': document.mediaType } };
    const answer = await fetch(`http://${host}/v2/app/manifests/latest`, init);
    assert.equal(answer.status, 201, await answer.text());
    return String(answer.headers.get('docker-content-digest'));
  };
  const blob = async (content: string) => {
    const begun = await fetch(`http://${host}/v2/app/blobs/uploads/`, { method: 'POST' });
    const name = digestOf(Buffer.from(content));
    const place = new URL(begun.headers.get('location') ?? '', `http://${host}`);
    place.searchParams.set('digest', name);
    assert.equal((await fetch(place, { method: 'PUT', body: content })).status, 201);
    return { digest: name, size: content.length };
  };
  const config = { mediaType: mediaTypes.config, ...(await blob('{}')) };
  const manifest = { schemaVersion: 2, mediaType: mediaTypes.manifest, config, layers: [] };
  const one = await put(manifest);
  const size = JSON.stringify(manifest).length;
  const manifests = [
    { mediaType: mediaTypes.manifest, digest: one, size, platform: { os: 'linux', architecture: 'amd64' } },
  ];
  const index = await put({ schemaVersion: 2, mediaType: mediaTypes.index, manifests } as never);
  assert.deepEqual(await ask(`inside:5000/app@${one}`, signal), [config.digest]);
  assert.deepEqual(await ask(`inside:5000/app@${index}`, signal), [config.digest]);
  assert.equal(await ask(`inside:5000/app@${digest('0')}`, signal), undefined);
  const before = requests.length;
  for (const image of [`docker.io/app@${one}`, one, `inside:5000/app`])
    assert.equal(await ask(image, signal), undefined);
  assert.equal(await configDigestsAt(undefined, around)(`inside:5000/app@${one}`, signal), undefined);
  assert.equal(requests.length, before);
});
