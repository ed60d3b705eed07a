import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Cause } from '../../../domain/verdict.ts';
import type { Pod } from '../../../kubernetes/objects.ts';
import { answersJson, apiOf, lists, tells } from '../../../testing/answeringApi.ts';
import type { ClusterTools } from '../tools.ts';
import { wrongImage } from './imageIdentity.ts';

const [ours, config, other] = ['a', 'b', 'c'].map((digit) => `sha256:${digit.repeat(64)}`) as [string, string, string];
const entry = { image: `reg.example/app:1@${ours}`, configDigest: config, container: 'web' };

/** A node with such images: each a list of names. */
const node = (images: readonly (readonly string[])[]) => ({
  metadata: { name: 'n', uid: 'n', resourceVersion: '2' },
  status: { images: images.map((names) => ({ names })) },
});

type Looks = readonly (readonly (readonly string[])[])[];

/** What is found where the node has these images, look by look, and then says nothing new; a registry that is asked says this. */
async function judged(pod: Pod, [first, ...later]: Looks = [], configDigestsOf?: ClusterTools['configDigestsOf']) {
  const changes = later.map((images) => ({ type: 'MODIFIED', object: node(images) }));
  const refused = answersJson(403, { message: 'nodes is forbidden' });
  const answers = first ? [lists(node(first)), tells(...changes), lists(node(later.at(-1) ?? first))] : [refused];
  let cause: Cause | undefined;
  await apiOf(answers, async (api) => {
    const { signal } = new AbortController();
    const asked = { api, signal, listedWithinMs: 300, ...(configDigestsOf && { configDigestsOf }) };
    cause = await wrongImage(asked, [pod], entry);
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

test('the word of the registry is final, and no node is asked', async () => {
  const seen: string[] = [];
  const says = (configs: readonly string[]) => async (image: string) => {
    seen.push(image);
    return configs;
  };
  const pod = podWith(`docker-pullable://reg.example/app@${other}`);
  assert.equal(await judged(pod, [], says([other, config])), undefined);
  const cause = await judged(pod, [[names(ours, other)]], says([other]));
  assert.match(cause?.summary ?? '', /and not sha256:a/);
  assert.equal(cause?.hint, undefined);
  assert.deepEqual(new Set(seen), new Set([`reg.example/app@${other}`]));
});

test('where the registry does not know it, or cannot be asked, the node has to tell', async () => {
  const pod = podWith(`reg.example/app@${other}`);
  const silent: readonly NonNullable<ClusterTools['configDigestsOf']>[] = [
    async () => undefined,
    async () => {
      throw new Error('connection refused');
    },
  ];
  for (const word of silent) {
    assert.equal(await judged(pod, [[names(ours, other)]], word), undefined);
    assert.match((await judged(pod, [[names(ours)]], word))?.hint ?? '', /crictl rmi/);
  }
});

test('the registry is not asked of a pod that was asked to run something else', async () => {
  const never = () => assert.fail('it was asked');
  assert.ok(await judged(podWith(`elsewhere/app@${other}`, 'elsewhere/app:1'), [], never));
});
