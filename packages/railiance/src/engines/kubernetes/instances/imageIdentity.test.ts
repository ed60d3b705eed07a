import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Cause } from '../../../domain/verdict.ts';
import type { Pod } from '../../../kubernetes/objects.ts';
import { answersJson, apiOf, lists, tells } from '../../../testing/answeringApi.ts';
import { wrongImage } from './imageIdentity.ts';

const [ours, config, other] = ['a', 'b', 'c'].map((digit) => `sha256:${digit.repeat(64)}`) as [string, string, string];
const entry = { image: `reg.example/app:1@${ours}`, configDigest: config, container: 'web' };

/** A node with such images: each a list of names. */
const node = (images: readonly (readonly string[])[]) => ({
  metadata: { name: 'n', uid: 'n', resourceVersion: '2' },
  status: { images: images.map((names) => ({ names })) },
});

/** What is found where the node has these images, look by look, and then says nothing new. */
async function judged(pod: Pod, [first, ...later]: readonly (readonly (readonly string[])[])[] = []) {
  const changes = later.map((images) => ({ type: 'MODIFIED', object: node(images) }));
  const refused = answersJson(403, { message: 'nodes is forbidden' });
  const answers = first ? [lists(node(first)), tells(...changes), lists(node(later.at(-1) ?? first))] : [refused];
  let cause: Cause | undefined;
  await apiOf(answers, async (api) => {
    cause = await wrongImage({ api, signal: new AbortController().signal, listedWithinMs: 300 }, [pod], entry);
  });
  return cause;
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
    assert.equal(await judged(podWith(id)), undefined);
  }
});

test('another digest is the image where its node has both for one, however late it says so', async () => {
  const late = [[], [names(other)], [names(ours, other), names(config)]];
  assert.equal(await judged(podWith(`elsewhere/app@${other}`), late), undefined);
});

test('another image is named with what ran', async () => {
  const cause = await judged(podWith(`elsewhere/app@${other}`), [[names(ours), names(other)]]);
  assert.match(cause?.summary ?? '', new RegExp(`runs elsewhere/app@${other}, and not ${ours}`));
  assert.match(cause?.hint ?? '', /crictl rmi/);
  for (const looks of [[], [[names(other)]]]) assert.ok(await judged(podWith(`elsewhere/app@${other}`), looks));
});

test('a pod that was asked to run something else is wrong, whatever its node has', async () => {
  const cause = await judged(podWith(`elsewhere/app@${other}`, 'elsewhere/app:1'), [[names(ours, other)]]);
  assert.equal(cause?.hint, undefined);
  assert.equal(cause?.name, 'image');
});
