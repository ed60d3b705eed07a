import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Api } from '../../../kubernetes/api.ts';
import type { Pod } from '../../../kubernetes/objects.ts';
import { createFakeClock } from '../../../testing/fakeClock.ts';
import { wrongImage } from './imageIdentity.ts';

const [ours, config, other] = ['a', 'b', 'c'].map((digit) => `sha256:${digit.repeat(64)}`) as [string, string, string];
const entry = { image: `reg.example/app:1@${ours}`, configDigest: config, container: 'web' };

/** What a node says of its images, look by look; then nothing any more. */
function seen(...looks: readonly (readonly (readonly string[])[])[]) {
  const left = [...looks];
  const call = async () => {
    const images = left.length > 1 ? left.shift() : left[0];
    if (!images) throw new Error('nodes is forbidden');
    return { status: { images: images.map((names) => ({ names })) } };
  };
  return { api: { call } as unknown as Api, clock: createFakeClock(), signal: new AbortController().signal };
}

/** What it finds once all the time it may wait has passed. */
async function judged(around: ReturnType<typeof seen>, pod: Pod) {
  const found = wrongImage(around, [pod], entry);
  await around.clock.advance(60_000);
  return await found;
}

function podWith(imageID: string, image = entry.image): Pod {
  const container = { name: 'web', ready: true, restartCount: 0, imageID, image };
  return {
    metadata: { name: 'p' },
    spec: { nodeName: 'n', containers: [{ name: 'web', image }] },
    status: { containerStatuses: [container] },
  } as unknown as Pod;
}

const names = (...digests: readonly string[]) => digests.map((digest, at) => `reg.example/${at}@${digest}`);

test('what was pulled, or its configuration, is the image', async () => {
  for (const id of [`reg.example/app@${ours}`, config, `docker://${config}`]) {
    assert.equal(await judged(seen(), podWith(id)), undefined);
  }
});

test('another digest is the image where its node has both for one, however late it says so', async () => {
  const late = seen([], [names(other)], [names(ours, other), names(config)]);
  assert.equal(await judged(late, podWith(`elsewhere/app@${other}`)), undefined);
});

test('another image is named with what ran', async () => {
  const apart = seen([names(ours), names(other)]);
  const cause = await judged(apart, podWith(`elsewhere/app@${other}`));
  assert.match(cause?.summary ?? '', new RegExp(`runs elsewhere/app@${other}, and not ${ours}`));
  assert.match(cause?.hint ?? '', /crictl rmi/);
  for (const around of [seen(), seen([names(other)])]) {
    assert.ok(await judged(around, podWith(`elsewhere/app@${other}`)));
  }
});

test('a pod that was asked to run something else is wrong, whatever its node has', async () => {
  const both = seen([names(ours, other)]);
  const cause = await judged(both, podWith(`elsewhere/app@${other}`, 'elsewhere/app:1'));
  assert.equal(cause?.hint, undefined);
  assert.equal(cause?.name, 'image');
});
