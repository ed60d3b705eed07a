import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { Secret } from '../../domain/secret.ts';
import type { Engine, InstanceStatus, StopReport } from '../../engines/engine.ts';
import { createFakeEngine } from '../../testing/fakeEngine.ts';
import { createMemoryReleaseStore } from '../../testing/memoryReleaseStore.ts';
import { createMemorySecretStore } from '../../testing/memorySecretStore.ts';
import { sampleContext } from '../../testing/sampleContext.ts';
import { sampleArtifact, sampleRelease } from '../../testing/sampleRelease.ts';
import type { ImageStore } from '../imageStore.ts';
import { createCleanExitStep } from './cleanExit.ts';
import { createPruneStep } from './prune.ts';
import { createRetireStep } from './retire.ts';

const target = { app: 'probe', stage: 'canary' };
const clean: StopReport = { exitCode: 0, signal: null, clean: true, durationMs: 10 };
const instance = (id: string): InstanceStatus => ({
  id,
  state: 'ready',
  configDigest: 'x',
  runtime: 'fake',
  restarts: 0,
  startedAt: '',
});

function engineWith(retire: (id: string) => Promise<StopReport>): Engine {
  const fake = createFakeEngine();
  return {
    ...fake,
    status: async () => ({ active: instance('new'), others: [instance('old'), instance('left')], url: 'x' }),
    retire: async (_target, id) => await retire(id),
  };
}

describe('stopping what no longer serves', () => {
  test('ends the old instance and what dead runs left, never what serves', async () => {
    const step = createRetireStep({ engine: engineWith(async () => clean) });
    const outcome = await step.run({ target }, sampleContext());
    assert.ok(outcome.status === 'succeeded');
    assert.deepEqual(outcome.output.retired, ['old', 'left']);
    assert.deepEqual(outcome.warnings, []);
  });

  test('does not wait for what an engine ends by itself, and claims no end that nobody saw', async () => {
    const left = { ...clean, exitCode: null, left: true } as const;
    const step = createRetireStep({ engine: engineWith(async (id) => (id === 'old' ? left : clean)) });
    const outcome = await step.run({ target }, sampleContext());
    assert.ok(outcome.status === 'succeeded');
    assert.deepEqual(outcome.output.retired, ['old', 'left']);
    assert.equal(outcome.observed, 'stopped left; old is draining');
  });

  test('only warns of an instance that had to be killed, or could not be stopped', async () => {
    const step = createRetireStep({
      engine: engineWith(async (id) => {
        if (id === 'left') throw new Error('agent is busy');
        return { ...clean, clean: false, durationMs: 30_000 };
      }),
    });
    const outcome = await step.run({ target }, sampleContext());
    assert.ok(outcome.status === 'succeeded');
    assert.deepEqual(outcome.warnings, [
      'old did not end by SIGTERM and was killed after 30000 ms',
      'old instances may still run: agent is busy',
    ]);
  });
});

describe('a clean exit', () => {
  const step = createCleanExitStep();
  const after = (report: StopReport) => step.run({ stopTimeoutMs: 5_000 }, sampleContext({ stop: report }));

  test('is one that SIGTERM was enough for', async () => {
    assert.equal((await after(clean)).status, 'succeeded');
    const outcome = await after({ exitCode: null, signal: 'SIGKILL', clean: false, durationMs: 5_000 });
    assert.ok(outcome.status === 'failed');
    assert.equal(outcome.cause.name, 'unclean-exit');
    assert.match(outcome.cause.summary, /within 5 s of SIGTERM/);
  });
});

describe('the clean-up after a release', () => {
  /** Versions sort from old to new. */
  async function released(stages: Readonly<Record<string, readonly string[]>>, built: readonly string[] = []) {
    const releases = createMemoryReleaseStore();
    const secrets = createMemorySecretStore();
    const asked: { drop: string[]; keep: string[] }[] = [];
    const all = [...new Set([...Object.values(stages).flat(), ...built])].sort();
    const tagsOf = (digests: ReadonlySet<string>) =>
      all.filter((tag) => digests.has(sampleArtifact(tag).manifestDigest));
    const images = {
      versions: async () => all.map((tag, age) => ({ tag, age })),
      prune: async (_app: string, drop: ReadonlySet<string>, keep: ReadonlySet<string>) => {
        asked.push({ drop: [...drop].sort(), keep: tagsOf(keep) });
        return { removed: [], freedBytes: 0 };
      },
    } as Partial<ImageStore> as ImageStore;
    for (const [stage, tags] of Object.entries(stages)) {
      for (const [at, tag] of tags.entries()) {
        const version = await secrets.put({ app: 'probe', stage }, { TAG: new Secret(`value of ${tag}`) });
        const more = { stage, runId: `${stage}-${at}`, secrets: { version, names: ['TAG'] } };
        await releases.record(sampleRelease(tag, more), 1);
      }
    }
    return { ports: { releases, secrets, images }, asked };
  }

  test('keeps what any stage serves, keeps or returns to', async () => {
    const { ports, asked } = await released({ canary: ['v1', 'v2', 'v3', 'v4', 'v5'], production: ['v1', 'v2'] });
    const outcome = await createPruneStep(ports).run({ target, keep: 2 }, sampleContext());
    assert.ok(outcome.status === 'succeeded');
    assert.deepEqual(asked, [{ drop: ['v3'], keep: ['v1', 'v2', 'v4', 'v5'] }]);
    assert.equal(outcome.output.secretVersions, 3);
    assert.equal((await ports.secrets.versions(target)).length, 2);
    assert.equal((await ports.secrets.versions({ app: 'probe', stage: 'production' })).length, 2);
  });

  test('drops what was built and never released, but for the last ones', async () => {
    const { ports, asked } = await released({ canary: ['v1', 'v5'] }, ['v2', 'v3', 'v4', 'v6', 'v7']);
    await createPruneStep(ports).run({ target, keep: 2 }, sampleContext());
    assert.deepEqual(asked, [{ drop: ['v2', 'v3', 'v4'], keep: ['v1', 'v5'] }]);
  });

  test('keeps what other stages need also where the one that was released to has no record', async () => {
    const { ports, asked } = await released({ canary: ['v1', 'v2'], production: ['v3', 'v4', 'v5'] });
    await createPruneStep(ports).run({ target: { app: 'probe', stage: 'cluster' }, keep: 1 }, sampleContext());
    assert.deepEqual(asked, [{ drop: ['v3'], keep: ['v1', 'v2', 'v4', 'v5'] }]);
  });

  test('looks the releases through once, while the old instance is taken away, and again where that failed', async () => {
    const { ports } = await released({ canary: ['v1', 'v2', 'v3'] });
    for (const [failures, looks] of [
      [0, 1],
      [1, 2],
    ] as const) {
      let seen = 0;
      const targets = async () => {
        seen += 1;
        if (seen <= failures) throw new Error('the cluster is away');
        return await ports.releases.targets();
      };
      const step = createPruneStep({ ...ports, releases: { ...ports.releases, targets } });
      const input = { target, keep: 2 };
      await step.ahead?.run(input, sampleContext()).catch(() => {});
      assert.deepEqual((await step.run(input, sampleContext())).status, 'succeeded');
      assert.equal(seen, looks);
    }
  });

  test('keeps what serves and what a rollback brings back, whatever it is told', async () => {
    const { ports, asked } = await released({ canary: ['v1', 'v2', 'v3'] });
    await createPruneStep(ports).run({ target, keep: 0 }, sampleContext());
    assert.deepEqual(asked[0]?.keep, ['v2', 'v3']);
  });

  test('only warns where it cannot be done', async () => {
    const { ports } = await released({ canary: ['v1'] });
    const images = { ...ports.images, prune: () => Promise.reject(new Error('no room')) };
    const outcome = await createPruneStep({ ...ports, images }).run({ target, keep: 1 }, sampleContext());
    assert.ok(outcome.status === 'succeeded');
    assert.deepEqual(outcome.warnings, ['clean-up did not end: no room']);
  });
});
