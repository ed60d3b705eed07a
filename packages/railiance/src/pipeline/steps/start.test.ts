import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';

import { configurationHash } from '../../config/canonical.ts';
import { silent } from '../../domain/progress.ts';
import type { Engine } from '../../engines/engine.ts';
import { createFakeEngine, type FakeEngine } from '../../testing/fakeEngine.ts';
import { createMemoryReleaseStore } from '../../testing/memoryReleaseStore.ts';
import { sampleContext } from '../../testing/sampleContext.ts';
import { sampleApp, sampleArtifact, sampleRelease } from '../../testing/sampleRelease.ts';
import { createActivateStep } from './activate.ts';
import { createRecordStep } from './record.ts';
import { createStartStep, type StartOutput } from './start.ts';

const target = { app: 'probe', stage: 'canary' };
const { directory } = sampleApp;
const deploy = { directory, values: [] };
const hash = configurationHash(sampleApp);
const input = { target, run: sampleApp.run, deploy, configurationHash: hash, fresh: false };
const engineContext = { fencing: 7, signal: new AbortController().signal, progress: silent };

/** Release 1 (v1) serves as the instance `old`; the run at hand is about v2. */
let engine: FakeEngine;
let ports: Parameters<typeof createStartStep>[0];
let releases: ReturnType<typeof createMemoryReleaseStore>;

const old = 'run-of-v1';
const started = async (id: string, tag: string) =>
  await engine.start(
    {
      ...target,
      id,
      artifact: sampleArtifact(tag),
      layoutDir: '/images',
      run: sampleApp.run,
      secretsVersion: 'a'.repeat(64),
      labels: {},
    },
    engineContext,
  );
const ids = () => engine.running(target).map(({ id }) => id);
const active = () => engine.activeOf(target)?.id;

beforeEach(async () => {
  engine = createFakeEngine({
    behaviour: ({ artifact }) => (artifact.revision.tag === 'broken' ? 'crash' : undefined),
  });
  releases = createMemoryReleaseStore();
  ports = { engine, releases, images: { layoutDir: '/images' } as (typeof ports)['images'] };
  await releases.record(sampleRelease('v1'), 1);
  await started(old, 'v1');
  await engine.activate(target, old, engineContext);
});

describe('starting a new version', () => {
  test('leaves what serves alone, and finds its own instance again', async () => {
    const step = createStartStep(ports);
    const first = await step.run(input, sampleContext());
    assert.ok(first.status === 'succeeded');
    assert.equal(first.output.previous, old);
    assert.deepEqual(await step.run(input, sampleContext()), first);
    assert.equal(active(), old);
    assert.equal(ids().length, 2);
  });

  test('is not needed where the very same release serves', async () => {
    const same = sampleContext({ verify: { artifact: sampleArtifact('v1') } });
    const outcome = await createStartStep(ports).run(input, same);
    assert.ok(outcome.status === 'succeeded');
    assert.deepEqual([outcome.output.instanceId, outcome.output.reused, outcome.changed], [old, true, false]);
  });

  const differences = [
    { name: 'the image', context: sampleContext(), more: {} },
    {
      name: 'the configuration',
      context: sampleContext({ verify: { artifact: sampleArtifact('v1') } }),
      more: { configurationHash: '0' },
    },
    {
      name: 'the secrets',
      context: sampleContext({ verify: { artifact: sampleArtifact('v1') }, secrets: { version: 'b', names: [] } }),
      more: {},
    },
    {
      name: 'nothing but the wish for a new instance',
      context: sampleContext({ verify: { artifact: sampleArtifact('v1') } }),
      more: { fresh: true },
    },
  ];
  for (const { name, context, more } of differences) {
    test(`is needed where there differs ${name}`, async () => {
      const outcome = await createStartStep(ports).run({ ...input, ...more }, context);
      assert.ok(outcome.status === 'succeeded');
      assert.equal(outcome.output.reused, false);
      assert.notEqual(outcome.output.instanceId, old);
    });
  }

  test('names the cause the engine gives, with its evidence', async () => {
    const broken = sampleContext({ verify: { artifact: sampleArtifact('broken') } });
    const outcome = await createStartStep(ports).run(input, broken);
    assert.ok(outcome.status === 'failed');
    assert.equal(outcome.cause.name, 'crash');
    assert.equal(outcome.evidence.logs?.at(-1), 'no such table: probes');
  });

  test('is undone by stopping just that instance, though nothing is known of how far it got', async () => {
    const step = createStartStep(ports);
    await step.run(input, sampleContext());
    await step.undo?.(input, undefined, sampleContext());
    await step.undo?.(input, undefined, sampleContext());
    assert.deepEqual(ids(), [old]);
  });

  test('is undone without a gap where the switch was forgotten', async () => {
    const step = createStartStep(ports);
    const outcome = await step.run(input, sampleContext());
    assert.ok(outcome.status === 'succeeded');
    await engine.activate(target, outcome.output.instanceId, engineContext);
    await step.undo?.(input, outcome.output, sampleContext());
    assert.equal(active(), old);
    assert.deepEqual(ids(), [old]);
  });

  test('is not undone once its release is on record', async () => {
    const step = createStartStep(ports);
    const outcome = await step.run(input, sampleContext());
    assert.ok(outcome.status === 'succeeded');
    await releases.record(sampleRelease('v2', { runId: sampleContext().runId }), 7);
    await assert.rejects(
      async () => await step.undo?.(input, outcome.output, sampleContext()),
      /release 2 is recorded/,
    );
    assert.equal(ids().length, 2);
  });
});

describe('the switch', () => {
  async function switched(): Promise<StartOutput> {
    const outcome = await createStartStep(ports).run(input, sampleContext());
    assert.ok(outcome.status === 'succeeded');
    const first = await createActivateStep(ports).run({ target }, sampleContext({ start: outcome.output }));
    assert.ok(first.status === 'succeeded' && first.changed);
    return outcome.output;
  }

  test('is made again where the process that made it died: it may be half done', async () => {
    const start = await switched();
    const led: string[] = [];
    const activate: Engine['activate'] = async (_target, id) => void led.push(id);
    const again = createActivateStep({ ...ports, engine: { ...engine, activate } });
    assert.equal((await again.run({ target }, sampleContext({ start }))).status, 'succeeded');
    assert.deepEqual(led, [start.instanceId]);
  });

  test('changes nothing where the very same release serves already', async () => {
    const start = { ...(await switched()), reused: true };
    const activate: Engine['activate'] = () => Promise.reject(new Error('it was led again'));
    const again = createActivateStep({ ...ports, engine: { ...engine, activate } });
    const outcome = await again.run({ target }, sampleContext({ start }));
    assert.ok(outcome.status === 'succeeded');
    assert.equal(outcome.changed, false);
  });

  test('is undone by leading back to what served', async () => {
    const start = await switched();
    await createActivateStep(ports).undo?.({ target }, undefined, sampleContext({ start }));
    assert.equal(active(), old);
  });

  test('is undone by starting the release on record again where its instance is gone', async () => {
    const start = await switched();
    await engine.retire(target, old, engineContext);
    await createActivateStep(ports).undo?.({ target }, undefined, sampleContext({ start }));
    assert.equal(engine.activeOf(target)?.artifact.revision.tag, 'v1');
    assert.notEqual(active(), old);
  });
});

describe('the record', () => {
  const record = () =>
    createRecordStep({ releases, clock: { now: () => new Date(0), elapsedMs: () => 0, sleep: async () => {} } });
  const recordInput = { target, kind: 'deploy', spec: sampleApp } as const;

  test('is written once for a run, and says what it replaced', async () => {
    for (let time = 0; time < 2; time++) {
      const outcome = await record().run(recordInput, sampleContext());
      assert.ok(outcome.status === 'succeeded');
      assert.equal(outcome.output.number, 2);
    }
    const { replaced, actor, artifact } = await releases.get(target, 2);
    assert.deepEqual([replaced, actor, artifact.revision.tag], [1, 'ada@here', 'v2']);
    assert.equal((await releases.list(target)).length, 2);
  });

  test('is not written again for what serves already', async () => {
    const same = sampleContext({ verify: { artifact: sampleArtifact('v1') } });
    const outcome = await record().run(recordInput, same);
    assert.ok(outcome.status === 'succeeded');
    assert.deepEqual([outcome.output.number, outcome.changed], [1, false]);
  });

  test('is not taken back; without one there is nothing to take back', async () => {
    await record().undo?.(recordInput, undefined, sampleContext());
    await record().run(recordInput, sampleContext());
    await assert.rejects(
      async () => await record().undo?.(recordInput, undefined, sampleContext()),
      /release 2 is recorded/,
    );
  });
});
