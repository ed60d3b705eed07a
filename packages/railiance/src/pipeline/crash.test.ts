import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { createMortal } from '../testing/mortal.ts';
import { createStageWorld, type Order, pullingStage, target, type World } from '../testing/stageWorld.ts';
import { type RunState, replay } from './runState.ts';

/** How many kills each property tries; without it there is a sample of each. */
const chaosRuns = process.env.RAILIANCE_CHAOS_RUNS;
const numRuns = Number(chaosRuns ?? 25);
const everyNthPoint = chaosRuns === undefined ? 5 : 1;

const firstOrders: readonly Order[] = [
  { do: 'deploy', tag: 'v2' },
  { do: 'deploy', tag: 'v2-unmigrated' },
  { do: 'deploy', tag: 'v2-crashes' },
  { do: 'deploy', tag: 'v2-wrong-page' },
  { do: 'deploy', tag: 'v2-wrong-route' },
  { do: 'deploy', tag: 'v1' },
  { do: 'rollback' },
  { do: 'restart' },
];
const nextOrders: readonly Order[] = [
  { do: 'resume' },
  { do: 'abandon' },
  { do: 'deploy', tag: 'v3' },
  { do: 'rollback' },
  { do: 'restart' },
];

async function preparedWorld(): Promise<World> {
  const world = createStageWorld(pullingStage);
  await world.obey({ do: 'deploy', tag: 'v0' });
  await world.obey({ do: 'deploy', tag: 'v1' });
  return world;
}

/** I1: a version that was verified serves, and nothing unverified was ever switched to or taken away while it served. */
function assertServes(world: World): void {
  assert.deepEqual(world.violations, []);
  assert.ok(world.engine.activeOf(target), 'nothing serves');
}

/** I2, I10: every run says how it ended, and what serves is what the records say. */
async function assertSettled(world: World): Promise<void> {
  assertServes(world);
  const [head] = await world.releases.list(target);
  const active = world.engine.activeOf(target);
  assert.equal(active?.artifact.revision.tag, head?.artifact.revision.tag, 'what serves is what is on record');
  assert.equal(world.engine.running(target).length, 1, 'nothing else runs');
  const runIds = await world.runs.list(target);
  for (const runId of runIds) {
    const last = (await world.runs.read(target, runId)).at(-1);
    assert.ok(
      last?.kind === 'run-ended' && ['succeeded', 'rolled-back'].includes(last.state),
      `${runId}: ${last?.kind}`,
    );
  }
  const recorded = (await world.releases.list(target)).map(({ runId }) => runId);
  assert.equal(new Set(recorded).size, recorded.length, 'no run is recorded twice');
}

/** Orders that there is nothing to do for (a run that is over cannot be resumed) are refused; anything else is a bug. */
async function obeyOrRefuse(world: World, order: Order, diesAt?: number): Promise<void> {
  try {
    await world.obey(order, createMortal(diesAt));
  } catch (error) {
    assert.equal((error as Error).name, 'Failure', String(error));
    assert.equal((error as { exitCode?: number }).exitCode, 2, String(error));
  }
}

async function pointsIn(order: Order): Promise<number> {
  const mortal = createMortal();
  await (await preparedWorld()).obey(order, mortal);
  return mortal.calls.length * 2;
}

describe('a process killed between any two things it does', () => {
  for (const order of firstOrders) {
    const name = order.do === 'deploy' ? `deploy of ${order.tag}` : order.do;

    test(`in a ${name}, leaves a version that serves, and the next command settles it`, async () => {
      const points = await pointsIn(order);
      assert.ok(points > 50, `only ${points} points`);
      const at = fc.integer({ min: 0, max: points - 1 });
      const following = fc.record({ order: fc.constantFrom(...nextOrders), dies: fc.option(at, { nil: undefined }) });
      await fc.assert(
        fc.asyncProperty(at, fc.array(following, { maxLength: 3 }), async (diesAt, rest) => {
          const world = await preparedWorld();
          assert.equal(await world.obey(order, createMortal(diesAt)), 'died');
          assertServes(world);
          for (const next of rest) {
            await obeyOrRefuse(world, next.order, next.dies);
            assertServes(world);
          }
          const last = await world.obey({ do: 'deploy', tag: 'v9' });
          assert.ok(last !== 'died' && last.state === 'succeeded');
          assert.equal(world.engine.activeOf(target)?.artifact.revision.tag, 'v9');
          await assertSettled(world);
        }),
        { numRuns },
      );
    });
  }
});

describe('a deploy killed before or after each thing it does', () => {
  const order: Order = { do: 'deploy', tag: 'v2' };
  const serving = (world: World) => world.engine.activeOf(target)?.artifact.revision.tag;

  /** Kills at one point after the other; the first differs from run to run, so that the sample moves. */
  async function forEachPoint(act: (world: World, state: RunState | undefined, point: number) => Promise<void>) {
    const points = await pointsIn(order);
    const first = Math.floor(Math.random() * everyNthPoint);
    for (let point = first; point < points; point += everyNthPoint) {
      const world = await preparedWorld();
      await world.obey(order, createMortal(point));
      const [newest = ''] = await world.runs.list(target);
      const state = replay(await world.runs.read(target, newest));
      await act(world, state?.ended ? undefined : state, point);
    }
  }

  test('goes on to the end when it is resumed', async () => {
    await forEachPoint(async (world, cutOff, point) => {
      if (!cutOff) return;
      await world.obey({ do: 'resume' });
      await assertSettled(world);
      assert.equal(serving(world), 'v2', `killed at point ${point}`);
    });
  });

  test('is undone when it is abandoned, and cannot be once its release is verified', async () => {
    await forEachPoint(async (world, cutOff, point) => {
      if (!cutOff) return;
      if (cutOff.committed)
        return await assert.rejects(world.obey({ do: 'abandon' }), { name: 'Failure', exitCode: 2 });
      await world.obey({ do: 'abandon' });
      await assertSettled(world);
      assert.equal(serving(world), 'v1', `killed at point ${point}`);
    });
  });

  test('is first undone, or completed where its release is verified, by whatever comes next', async () => {
    await forEachPoint(async (world, cutOff, point) => {
      await world.obey({ do: 'restart' });
      await assertSettled(world);
      if (cutOff) assert.equal(serving(world), cutOff.committed ? 'v2' : 'v1', `killed at point ${point}`);
    });
  });
});
