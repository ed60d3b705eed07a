import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { Failure } from '../../domain/failure.ts';
import { silent } from '../../domain/progress.ts';
import type { Stage } from '../../domain/stage.ts';
import type { Engine, InstanceStatus } from '../../engines/engine.ts';
import { createFakeEngine } from '../../testing/fakeEngine.ts';
import { createMemoryImageRegistry } from '../../testing/memoryImageRegistry.ts';
import { createMemoryReleaseStore } from '../../testing/memoryReleaseStore.ts';
import { sampleContext } from '../../testing/sampleContext.ts';
import { sampleArtifact, sampleRelease } from '../../testing/sampleRelease.ts';
import { createPruneRegistryStep } from '../steps/pruneRegistry.ts';
import { type PrunePorts, pruneRegistry } from './pruneRegistry.ts';

const repository = { push: 'r:1/probe', pull: 'r:1/probe' };
const app = { slug: 'probe', directory: '/src/probe' };
const { signal } = new AbortController();

function stage(name: string): Stage {
  return { name, engine: 'kubernetes', production: false, settings: {}, pulls: true };
}

interface Scene {
  /** Tags in the registry; git knows those of hexadecimal digits, the smaller the older. */
  readonly tags: readonly string[];
  /** Tags of releases by stage, oldest first. */
  readonly stages: Readonly<Record<string, readonly string[]>>;
  /** What else runs there. */
  readonly runs?: string;
  readonly unreachable?: string;
  /** A stage of which nothing is on record, though something is known to be there. */
  readonly missed?: string;
}

async function scene({ tags, stages, runs, unreachable, missed }: Scene) {
  const registry = createMemoryImageRegistry({ has: () => true, put: () => {} });
  for (const tag of tags) {
    await registry.publish({
      ...{ artifact: sampleArtifact(tag), repository, layoutDir: '/images', earlier: [], progress: silent, signal },
    });
  }
  const stores = new Map<string, ReturnType<typeof createMemoryReleaseStore>>();
  for (const [name, released] of Object.entries(stages)) {
    const releases = createMemoryReleaseStore();
    for (const [at, tag] of released.entries()) {
      const verifiedAt = `2026-01-0${at + 1}T00:00:00.000Z`;
      await releases.record(sampleRelease(tag, { stage: name, runId: `${name} ${tag}`, verifiedAt }), 1);
    }
    stores.set(name, releases);
  }
  const fake = createFakeEngine();
  const active = runs && ({ id: 'x', configDigest: sampleArtifact(runs).configDigest } as InstanceStatus);
  const engine: Engine = { ...fake, status: async () => ({ ...(active && { active }), others: [], url: '' }) };
  const ports: PrunePorts = {
    registry,
    commitTimes: async (_directory, names) => new Map(names.map((name) => [name, Number.parseInt(name, 16)])),
    recordsOf({ name }) {
      if (name === unreachable) throw new Failure('reach the cluster', 'ECONNREFUSED');
      const elsewhere = async () => (name === missed ? new Failure('find it', 'it is on another cluster') : undefined);
      return { engine, releases: stores.get(name) ?? createMemoryReleaseStore(), elsewhere };
    },
  };
  const request = { app, repository, stages: Object.keys(stages).map(stage), keep: 2 };
  const prune = () => pruneRegistry({ ...request, limit: 10, dryRun: false, progress: silent, signal }, ports);
  return { prune, ports, request, tagsNow: async () => (await registry.tags(repository)).toSorted() };
}

describe('cleaning a registry up', () => {
  test('looks at every stage, each in its own records', async () => {
    const tags = ['0001', '0002', '0003', '0004', '0005', '0006', '0007', '0008'];
    const { prune, tagsNow } = await scene({
      tags,
      stages: { canary: ['0004', '0005'], live: ['0001', '0002', '0004'] },
    });
    const { removed, kept } = await prune();
    assert.deepEqual(
      removed.map(({ tag }) => tag),
      ['0001', '0003', '0006'],
    );
    assert.deepEqual(await tagsNow(), ['0002', '0004', '0005', '0007', '0008']);
    assert.deepEqual(kept.find(({ tag }) => tag === '0004')?.reasons, [
      'canary would roll back to it',
      'it serves on live',
    ]);
  });

  test('removes nothing where a stage was deployed to, and its cluster knows nothing of it', async () => {
    const tags = ['0001', '0002', '0003', '0004'];
    const stages = { canary: ['0003', '0004'], live: [] };
    const { prune, tagsNow } = await scene({ tags, stages, missed: 'live' });
    await assert.rejects(prune(), /what live needs is not known: .*it is on another cluster/);
    assert.deepEqual(await tagsNow(), tags);
    const known = await scene({ tags, stages: { ...stages, live: ['0001'] }, missed: 'live' });
    assert.deepEqual(
      (await known.prune()).removed.map(({ tag }) => tag),
      ['0002'],
    );
  });

  test('leaves what runs, though no record says so', async () => {
    const { prune, tagsNow } = await scene({
      tags: ['0001', '0002', '0003', '0004'],
      stages: { live: [] },
      runs: '0002',
    });
    assert.deepEqual((await prune()).kept.find(({ tag }) => tag === '0002')?.reasons, ['it runs on live']);
    assert.deepEqual(await tagsNow(), ['0002', '0003', '0004']);
  });

  test('leaves tags that are no version, and versions of which nobody knows the age', async () => {
    const tags = ['latest', 'v1.2', '0001', '0002', '0003', '0004-dirty-12345678'];
    const { prune, tagsNow } = await scene({ tags, stages: { live: [] } });
    await prune();
    assert.deepEqual(await tagsNow(), ['0003', '0004-dirty-12345678', 'latest', 'v1.2']);
  });

  test('goes by the time of the release where git does not know the version', async () => {
    const tags = ['tree-1', 'tree-2', 'tree-3', 'tree-4'];
    const { prune, tagsNow } = await scene({ tags, stages: { live: tags.slice(0, 3) } });
    await prune();
    assert.deepEqual(await tagsNow(), ['tree-2', 'tree-3', 'tree-4']);
  });

  test('removes nothing where a stage cannot be asked', async () => {
    const tags = ['0001', '0002', '0003'];
    const { prune, tagsNow } = await scene({ tags, stages: { canary: [], live: [] }, unreachable: 'live' });
    await assert.rejects(prune(), /what live needs is not known: .*ECONNREFUSED/);
    assert.deepEqual(await tagsNow(), tags);
  });
});

describe('the last step of a deploy', () => {
  test('removes what it may', async () => {
    const { ports, request, tagsNow } = await scene({ tags: ['0001', '0002', '0003'], stages: { live: ['0003'] } });
    const step = createPruneRegistryStep(ports);
    const outcome = await step.run(request, sampleContext());
    assert.ok(outcome.status === 'succeeded');
    assert.deepEqual([outcome.output.removed, outcome.observed, outcome.changed], [['0001'], '1 images', true]);
    assert.deepEqual(await tagsNow(), ['0002', '0003']);
  });

  test('only warns where it cannot: the release is on record', async () => {
    const { ports, request } = await scene({ tags: ['0001'], stages: { live: [] }, unreachable: 'live' });
    const outcome = await createPruneRegistryStep(ports).run(request, sampleContext());
    assert.ok(outcome.status === 'succeeded');
    assert.match(outcome.warnings?.join() ?? '', /the registry was not cleaned up: .*live/);
  });
});
