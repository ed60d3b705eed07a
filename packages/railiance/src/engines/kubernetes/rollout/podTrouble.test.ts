import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { CauseName } from '../../../domain/verdict.ts';
import type { ContainerStatus, KubeEvent, Pod } from '../../../kubernetes/objects.ts';
import { podTrouble } from './podTrouble.ts';

const image = 'registry.test/probe:abc@sha256:0';
const container = (more: Partial<ContainerStatus>): ContainerStatus => ({
  ...{ name: 'app', ready: false, restartCount: 0, image, imageID: '' },
  ...more,
});
const pod = (status: NonNullable<Pod['status']>): Pod => ({ metadata: { name: 'probe-1', uid: 'u' }, status });
const waiting = (reason: string, message = '') =>
  pod({ containerStatuses: [container({ state: { waiting: { reason, message } } })] });
const event = (reason: string, message: string): KubeEvent => ({
  metadata: { name: 'e' },
  reason,
  message,
  involvedObject: { uid: 'u' },
});

interface Case {
  readonly name: string;
  readonly pod: Pod;
  readonly events?: readonly KubeEvent[];
  readonly cause?: CauseName;
  readonly words?: RegExp;
  readonly final?: boolean;
}

const notFound = `Failed to pull image "${image}": rpc error: code = NotFound desc = failed to pull and unpack image "${image}": failed to resolve reference "${image}": ${image}: not found`;
const notMounted = 'MountVolume.SetUp failed for volume "data": no such file or directory';
const cases: readonly Case[] = [
  { name: 'a pod on its way has none', pod: waiting('ContainerCreating') },
  { name: 'a pod that runs has none', pod: pod({ containerStatuses: [container({ state: { running: {} } })] }) },
  {
    name: "a pull is named with the registry's own words",
    pod: waiting('ImagePullBackOff', `Back-off pulling image "${image}"`),
    events: [event('Failed', notFound), event('Failed', 'Error: ImagePullBackOff')],
    ...{ cause: 'image', words: /cannot be pulled: registry\.test\/probe:abc@sha256:0: not found$/, final: true },
  },
  {
    name: 'a registry that is away may come back',
    pod: waiting('ErrImagePull', `failed to pull and unpack image "${image}": dial tcp: connection refused`),
    ...{ cause: 'image', words: /connection refused/, final: false },
  },
  {
    name: 'a key that a Secret lacks is named',
    pod: waiting('CreateContainerConfigError', "couldn't find key SESSION in Secret hub/hub-env"),
    ...{ cause: 'secret-missing', words: /the key SESSION is missing in Secret hub\/hub-env/, final: true },
  },
  {
    name: 'a Secret that is not there is named',
    pod: waiting('CreateContainerConfigError', 'secret "hub-env" not found'),
    ...{ cause: 'secret-missing', words: /secret hub-env does not exist/, final: true },
  },
  {
    name: 'a volume that is not there at the first try may come',
    pod: waiting('ContainerCreating'),
    events: [event('FailedMount', notMounted)],
  },
  {
    name: 'a volume that is not there at the second try either is named',
    pod: waiting('ContainerCreating'),
    events: [event('FailedMount', notMounted), { ...event('FailedMount', notMounted), count: 2 }],
    ...{ cause: 'volume', words: /cannot be mounted: .*no such file/, final: false },
  },
  {
    name: 'Secrets that the node cannot read just now are no fault of the app',
    pod: waiting('CreateContainerConfigError', 'failed to sync secret cache: timed out waiting for the condition'),
    ...{ cause: 'engine', words: /its node cannot read its Secrets/, final: false },
  },
  {
    name: 'a first crash is enough',
    pod: pod({ containerStatuses: [container({ state: { terminated: { exitCode: 7 } } })] }),
    ...{ cause: 'crash', words: /ended with exit code 7/, final: true },
  },
  {
    name: 'a crash loop is named by how the container before ended',
    pod: pod({
      containerStatuses: [
        container({
          restartCount: 3,
          state: { waiting: { reason: 'CrashLoopBackOff' } },
          lastState: { terminated: { exitCode: 137, reason: 'OOMKilled' } },
        }),
      ],
    }),
    ...{ cause: 'out-of-memory', words: /more memory than its limit/, final: true },
  },
  {
    name: 'a node that is too small is waited for a little',
    pod: pod({
      conditions: [
        {
          type: 'PodScheduled',
          status: 'False',
          reason: 'Unschedulable',
          message: '0/1 nodes are available: 1 Insufficient memory. preemption: x',
        },
      ],
    }),
    ...{ cause: 'unschedulable', words: /Insufficient memory\.$/, final: false },
  },
  {
    name: 'a volume that nobody provides is not the fault of the node',
    pod: pod({
      conditions: [
        {
          type: 'PodScheduled',
          status: 'False',
          reason: 'Unschedulable',
          message: '0/1 nodes are available: pod has unbound immediate PersistentVolumeClaims.',
        },
      ],
    }),
    ...{ cause: 'volume', words: /unbound immediate/, final: false },
  },
];

for (const { name, cause, words, final, ...question } of cases) {
  test(name, () => {
    const found = podTrouble({ events: [], ...question, image });
    assert.equal(found?.cause.name, cause);
    if (words) assert.match(found?.cause.summary ?? '', words);
    assert.equal(found?.final, final);
  });
}
