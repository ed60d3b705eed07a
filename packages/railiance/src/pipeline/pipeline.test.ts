import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import type { RunSummary } from '../pipeline/runSummary.ts';
import { createStageWorld, type Order, pullingStage, target, type World } from '../testing/stageWorld.ts';

const deploy = (tag: string): Order => ({ do: 'deploy', tag });

/** Obeys in turn; the last summary. */
async function obeyAll(world: World, ...orders: readonly Order[]): Promise<RunSummary> {
  let last: RunSummary | 'died' = 'died';
  for (const order of orders) last = await world.obey(order);
  assert.ok(last !== 'died');
  return last;
}

const serving = (world: World) => world.engine.activeOf(target)?.artifact.revision.tag;
const running = (world: World) => world.engine.running(target).length;
const tagsOf = async (world: World) =>
  (await world.releases.list(target)).map(({ artifact }) => artifact.revision.tag).reverse();

describe('the pipeline', () => {
  test('puts a new version in the place of the old one, and records it', async () => {
    const world = createStageWorld();
    const summary = await obeyAll(world, deploy('v1'), deploy('v2'));
    assert.equal(summary.state, 'succeeded');
    assert.equal(serving(world), 'v2');
    assert.equal(running(world), 1);
    assert.deepEqual(await tagsOf(world), ['v1', 'v2']);
    const [release] = await world.releases.list(target);
    assert.equal(release?.replaced, 1);
    assert.equal(release?.runId, summary.runId);
    assert.ok(release?.checks.some(({ name }) => name === 'page'));
    assert.deepEqual(world.violations, []);
  });

  test('changes nothing when the same version is deployed again', async () => {
    const world = createStageWorld();
    await obeyAll(world, deploy('v1'));
    const before = world.engine.activeOf(target);
    const summary = await obeyAll(world, deploy('v1'));
    assert.equal(summary.state, 'succeeded');
    assert.equal(world.engine.activeOf(target), before);
    assert.deepEqual(await tagsOf(world), ['v1']);
    assert.deepEqual(
      summary.steps.filter(({ id, changed }) => changed && id !== 'migrate'),
      [],
    );
  });

  const faults = [
    { tag: 'v2-unmigrated', cause: 'migration', failedStep: 'migrate', undone: [] },
    { tag: 'v2-crashes', cause: 'crash', failedStep: 'start', undone: ['start'] },
    { tag: 'v2-wrong-page', cause: 'smoke', failedStep: 'smoke-candidate', undone: ['start'] },
    { tag: 'v2-wrong-route', cause: 'smoke', failedStep: 'smoke-public', undone: ['activate', 'start'] },
  ];
  for (const { tag, cause, failedStep, undone } of faults) {
    test(`returns to the old version from ${tag}, its evidence saved before the undo`, async () => {
      const world = createStageWorld();
      await obeyAll(world, deploy('v1'));
      const old = world.engine.activeOf(target);
      const summary = await obeyAll(world, deploy(tag));
      assert.equal(summary.state, 'rolled-back');
      assert.equal(summary.exitCode, 1);
      assert.equal(summary.cause?.name, cause);
      assert.equal(summary.failedStep, failedStep);
      assert.deepEqual(
        summary.undone.map(({ step }) => step),
        undone,
      );
      assert.equal(world.engine.activeOf(target), old);
      assert.equal(running(world), 1);
      assert.deepEqual(await tagsOf(world), ['v1']);
      assert.equal(world.runs.evidenceOf(target, summary.runId).size, 1);
      const kinds = (await world.runs.read(target, summary.runId)).map(({ kind }) => kind);
      const firstUndo = kinds.indexOf('undo-intent');
      assert.ok(firstUndo < 0 || kinds.indexOf('failing') < firstUndo);
      assert.equal(kinds.at(-1), 'run-ended');
      assert.deepEqual(world.violations, []);
    });
  }

  test('needs a person where a first deploy fails: there is nothing to return to', async () => {
    const world = createStageWorld();
    const summary = await obeyAll(world, deploy('v1-wrong-route'));
    assert.equal(summary.state, 'needs-person');
    assert.equal(summary.exitCode, 5);
    assert.match(summary.detail, /nothing serves: probe@canary has no earlier release to return to/);
    assert.equal(running(world), 0);
    assert.equal((await obeyAll(world, deploy('v2'))).state, 'succeeded');
  });

  test('rolls back to the last good release, and further back the second time', async () => {
    const world = createStageWorld();
    await obeyAll(world, deploy('v1'), deploy('v2'), deploy('v3'));
    assert.equal((await obeyAll(world, { do: 'rollback' })).state, 'succeeded');
    assert.equal(serving(world), 'v2');
    await obeyAll(world, { do: 'rollback' });
    assert.equal(serving(world), 'v1');
    assert.deepEqual(await tagsOf(world), ['v1', 'v2', 'v3', 'v2', 'v1']);
    await assert.rejects(world.obey({ do: 'rollback' }), { name: 'Failure', exitCode: 2 });
    assert.deepEqual(world.violations, []);
  });

  test('restarts into a new instance of the same release, without a new record', async () => {
    const world = createStageWorld();
    await obeyAll(world, deploy('v1'));
    const old = world.engine.activeOf(target);
    const summary = await obeyAll(world, { do: 'restart' });
    assert.equal(summary.state, 'succeeded');
    assert.notEqual(world.engine.activeOf(target)?.id, old?.id);
    assert.equal(running(world), 1);
    assert.deepEqual(await tagsOf(world), ['v1']);
    assert.equal((await obeyAll(world, deploy('v1'))).steps.find(({ id }) => id === 'start')?.changed, false);
  });

  test('keeps images and secrets of the releases it keeps, and of the rollback target', async () => {
    const world = createStageWorld();
    await obeyAll(world, ...['v1', 'v2', 'v3', 'v4', 'v5'].map(deploy));
    const summary = await obeyAll(world, { do: 'rollback' });
    assert.equal(serving(world), 'v4');
    assert.deepEqual(summary.steps.find(({ id }) => id === 'prune')?.output, {
      images: [],
      secretVersions: 0,
      freedBytes: 0,
    });
    await obeyAll(world, { do: 'rollback' });
    assert.equal(serving(world), 'v3');
    const tooFar = await obeyAll(world, { do: 'rollback' });
    assert.equal(tooFar.cause?.name, 'image');
    assert.equal(serving(world), 'v3');
  });

  test('brings an image back from the registry that is no longer on this machine', async () => {
    const world = createStageWorld(pullingStage);
    await obeyAll(world, ...['v1', 'v2', 'v3', 'v4', 'v5'].map(deploy));
    for (const tag of ['v4', 'v3', 'v2']) {
      const summary = await obeyAll(world, { do: 'rollback' });
      assert.equal(summary.state, 'succeeded', summary.detail);
      assert.equal(serving(world), tag);
    }
    const [release] = await world.releases.list(target);
    assert.match(release?.published?.reference ?? '', /^registry:5000\/probe:v2@sha256:[0-9a-f]{64}$/);
    assert.equal(world.engine.activeOf(target)?.image, release?.published?.reference);
  });
});

describe('a stop by Ctrl-C', () => {
  for (const step of [
    'build',
    'push',
    'migrate',
    'start',
    'smoke-candidate',
    'activate',
    'smoke-public',
    'record',
    'retire',
  ]) {
    test(`in "${step}" ends in a whole version`, async () => {
      const stop = new AbortController();
      const world = createStageWorld(pullingStage);
      await obeyAll(world, deploy('v1'));
      world.events.push = (event) => {
        if (event.kind === 'step-started' && event.step.id === step) stop.abort();
        return 0;
      };
      const summary = await world.obey(deploy('v2'), undefined, stop.signal);
      assert.ok(summary !== 'died');
      const verified = ['record', 'retire'].includes(step);
      const completes = verified || step === 'smoke-public';
      assert.equal(summary.state, completes ? 'succeeded' : 'rolled-back', summary.detail);
      assert.equal(serving(world), completes ? 'v2' : 'v1');
      assert.equal(running(world), 1);
      if (!completes) assert.equal(summary.cause?.name, 'interrupted');
      assert.deepEqual(world.violations, []);
    });
  }
});
