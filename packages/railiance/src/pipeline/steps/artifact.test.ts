import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { type Builder, defineBuilder } from '../../builders/builder.ts';
import type { Artifact } from '../../domain/artifact.ts';
import { Failure } from '../../domain/failure.ts';
import { silent } from '../../domain/progress.ts';
import { createMemoryImageRegistry } from '../../testing/memoryImageRegistry.ts';
import { sampleContext } from '../../testing/sampleContext.ts';
import { sampleApp, sampleArtifact } from '../../testing/sampleRelease.ts';
import type { ImageStore } from '../imageStore.ts';
import { createBuildStep } from './build.ts';
import { createSourceStep } from './source.ts';
import { createVerifyStep } from './verify.ts';

const artifact = sampleArtifact('v2');
const { revision } = artifact;
const registry = createMemoryImageRegistry({ has: () => false, put: () => {} });

function images(there: Artifact | undefined, problem?: string): ImageStore {
  return {
    layoutDir: '/images',
    find: async () => there,
    tags: async () => [],
    verify: async () => {
      if (problem !== undefined) throw new Failure('verify image probe:v2', problem, { hint: 'build it again' });
    },
    versions: async () => [],
    prune: async () => ({ removed: [], freedBytes: 0 }),
  };
}

function building(act: Builder['build']) {
  let built = 0;
  const builder = defineBuilder({
    name: 'model',
    detect: async () => true,
    build: async (request) => {
      built++;
      return await act(request);
    },
  });
  return { builderFor: async () => builder, count: () => built };
}

describe('the source', () => {
  test('is what the plan was made for, or the run stops', async () => {
    const input = { directory: '/src', revision };
    const step = (tag: string) => createSourceStep({ revisionOf: async () => ({ tag, dirty: false }) });
    assert.equal((await step('v2').run(input, sampleContext())).status, 'succeeded');
    const moved = await step('v3').run(input, sampleContext());
    assert.ok(moved.status === 'failed');
    assert.match(moved.cause.summary, /is at v3 now, the plan was made for v2/);
  });
});

describe('the build', () => {
  const input = { app: sampleApp, revision };

  test('is skipped where a sound image with this tag is there', async () => {
    const { builderFor, count } = building(async () => artifact);
    const outcome = await createBuildStep({ builderFor, registry, images: images(artifact) }).run(
      input,
      sampleContext(),
    );
    assert.ok(outcome.status === 'succeeded');
    assert.deepEqual([outcome.changed, count()], [false, 0]);
  });

  for (const [name, store] of [
    ['missing', images(undefined)],
    ['damaged', images(artifact, 'blob is missing')],
  ] as const) {
    test(`is made where the image is ${name}`, async () => {
      const { builderFor, count } = building(async () => artifact);
      const outcome = await createBuildStep({ builderFor, registry, images: store }).run(input, sampleContext());
      assert.ok(outcome.status === 'succeeded');
      assert.deepEqual([outcome.output.artifact, outcome.changed, count()], [artifact, true, 1]);
    });
  }

  test('is not made where another machine pushed the same version', async () => {
    const { builderFor, count } = building(async () => artifact);
    const repository = { push: 'r:1/probe', pull: 'r:1/probe' };
    const registry = createMemoryImageRegistry({ has: () => true, put: () => {} });
    const request = { artifact, repository, layoutDir: '/images', earlier: [], progress: silent };
    const published = await registry.publish({ ...request, signal: new AbortController().signal });
    const step = createBuildStep({ builderFor, registry, images: images(undefined) });
    const outcome = await step.run({ ...input, repository }, sampleContext());
    assert.ok(outcome.status === 'succeeded');
    assert.deepEqual([count(), outcome.changed], [0, false]);
    assert.equal(outcome.output.artifact.configDigest, artifact.configDigest);
    assert.equal(outcome.output.published?.manifestDigest, published.manifestDigest);
  });

  test("that fails names the builder's words and hint", async () => {
    const { builderFor } = building(async () => {
      throw new Failure('build probe', 'package.json has no start script', { hint: 'add one' });
    });
    const outcome = await createBuildStep({ builderFor, registry, images: images(undefined) }).run(
      input,
      sampleContext(),
    );
    assert.ok(outcome.status === 'failed');
    const { name, summary, hint } = outcome.cause;
    assert.deepEqual([name, summary, hint], ['build', 'build probe: package.json has no start script', 'add one']);
  });
});

describe('the verification', () => {
  test('passes on the artifact that was built, or the one that was promoted', async () => {
    const step = createVerifyStep({ registry, images: images(artifact) });
    const other = sampleArtifact('v9');
    const built = await step.run({}, sampleContext({ build: { artifact } }));
    const promoted = await step.run({ artifact: other }, sampleContext({ build: { artifact } }));
    assert.ok(built.status === 'succeeded' && promoted.status === 'succeeded');
    assert.deepEqual([built.output.artifact, promoted.output.artifact], [artifact, other]);
  });

  describe('for a stage that pulls', () => {
    const repository = { push: 'r:1/probe', pull: 'r:1/probe' };
    const remote = { repository, fetch: false, goesOn: false };
    const damaged = images(artifact, 'blob sha256:… differs');
    const holding = async () => {
      const there = createMemoryImageRegistry({ has: () => true, put: () => {} });
      const request = { artifact, repository, layoutDir: '/images', earlier: [], progress: silent };
      await there.publish({ ...request, signal: new AbortController().signal });
      return there;
    };

    test('asks the registry for what was pushed, whatever lies on this machine', async () => {
      const outcome = await createVerifyStep({ registry: await holding(), images: damaged }).run(
        { artifact, remote },
        sampleContext(),
      );
      assert.ok(outcome.status === 'succeeded');
      assert.match(outcome.observed, /every blob is at r:1\/probe/);
    });

    test('reads what was not pushed yet, and what a rollback finds here', async () => {
      const registries = [registry, await holding()];
      for (const [at, goesOn] of [false, true].entries()) {
        const step = createVerifyStep({ registry: registries[at] ?? registry, images: damaged });
        const outcome = await step.run({ artifact, remote: { ...remote, goesOn } }, sampleContext());
        assert.equal(outcome.status, 'failed', `with goesOn ${goesOn}`);
      }
    });
  });

  test('refuses an image that is not what it was', async () => {
    const outcome = await createVerifyStep({ registry, images: images(artifact, 'blob sha256:… differs') }).run(
      { artifact },
      sampleContext(),
    );
    assert.ok(outcome.status === 'failed');
    assert.deepEqual([outcome.cause.name, outcome.cause.hint], ['image', 'build it again']);
  });
});
