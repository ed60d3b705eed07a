import assert from 'node:assert/strict';
import { test } from 'node:test';

import { createFakeClock } from '../../../testing/fakeClock.ts';
import { type Availability, defineRuntime, type Runtime } from '../runtimes/runtime.ts';
import { createRuntimeChoice, whyNot } from './runtimeChoice.ts';

const works: Availability = { available: true, version: '1' };
const absent = (why: string, hint?: string): Availability => ({ available: false, why, ...(hint ? { hint } : {}) });

function runtime(name: Runtime['name'], answers: Availability[]) {
  let asked = 0;
  const defined = defineRuntime({
    name,
    caveats: [],
    available: async () => answers[Math.min(asked++, answers.length - 1)] ?? works,
    cannotGive: async () => [],
    start: () => Promise.reject(new Error('not in this test')),
    reap: async () => {},
  });
  return Object.assign(defined, { asked: () => asked });
}

test('the first that works is chosen, and later ones are not asked', async () => {
  const [docker, podman, rootfs] = [
    runtime('docker', [absent('no engine')]),
    runtime('podman', [works]),
    runtime('rootfs', [works]),
  ];
  const choice = createRuntimeChoice([docker, podman, rootfs], createFakeClock());
  assert.equal(await choice.choose(undefined), podman);
  assert.equal(await choice.choose('rootfs'), rootfs);
  assert.equal(whyNot(await choice.survey()), 'docker: no engine');
  assert.deepEqual([docker.asked(), podman.asked(), rootfs.asked()], [1, 1, 1]);
});

test('where none works, each says why, and all are asked again the next time', async () => {
  const docker = runtime('docker', [absent('no engine', 'start it'), works]);
  const process = runtime('process', [absent('not on this system')]);
  const choice = createRuntimeChoice([docker, process], createFakeClock());
  await assert.rejects(choice.choose(undefined), {
    name: 'Failure',
    message: 'choose a runtime: docker: no engine; process: not on this system',
    hint: 'start it',
    exitCode: 6,
  });
  assert.equal(await choice.choose(undefined), docker);
});

test('a runtime that is asked for by name and does not work is never replaced by another', async () => {
  const choice = createRuntimeChoice(
    [runtime('docker', [absent('no engine')]), runtime('process', [works])],
    createFakeClock(),
  );
  await assert.rejects(choice.choose('docker'), /docker: no engine$/);
  await assert.rejects(choice.choose('jail'), /there is no runtime "jail"/);
});
