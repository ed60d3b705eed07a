import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import type { Artifact, Digest } from '../domain/artifact.ts';
import { type ProgressEvent, silent } from '../domain/progress.ts';
import type { ImageRepository } from '../domain/registry.ts';
import type { ImageRegistry, PublishRequest } from './imageRegistry.ts';

/** Registries, and the layout of a machine. */
export interface ImageRegistryFixture {
  readonly registry: ImageRegistry;
  readonly layoutDir: string;
  /** A repository that nobody has used. */
  repository(): ImageRepository;
  /** Builds an image into the layout; `content` makes one differ from another of the same tag. */
  build(tag: string, content?: string): Promise<Artifact>;
  /** Takes the image out of the layout. */
  forget(artifact: Artifact): Promise<void>;
  isHere(artifact: Artifact): Promise<boolean>;
}

/** What images of registries promise to the pipeline. */
export function imageRegistryContract(name: string, fixture: ImageRegistryFixture): void {
  describe(`images of registries: ${name}`, () => {
    const { signal } = new AbortController();
    const publish = (artifact: Artifact, repository: ImageRepository, more: Partial<PublishRequest> = {}) => {
      const { layoutDir, registry } = fixture;
      return registry.publish({ artifact, repository, layoutDir, earlier: [], progress: silent, signal, ...more });
    };
    const wanted = (artifact: Artifact, repository: ImageRepository) => {
      return { app: artifact.app, repository, tag: artifact.revision.tag };
    };

    test('one that was pushed is found by its tag, as the same artifact, with what a cluster pulls', async () => {
      const [repository, artifact] = [fixture.repository(), await fixture.build('v1')];
      assert.equal(await fixture.registry.find(wanted(artifact, repository)), undefined);
      const seen: ProgressEvent[] = [];
      const { reference, manifestDigest, unchanged } = await publish(artifact, repository, {
        progress: (event) => seen.push(event),
      });
      assert.equal(reference, `${repository.pull}:v1@${manifestDigest}`);
      assert.equal(unchanged, false);
      assert.ok(seen.some(({ kind }) => kind === 'bytes'));
      const found = await fixture.registry.find(wanted(artifact, repository));
      assert.deepEqual(found?.published, { reference, manifestDigest });
      const { configDigest, revision, builder, platform, app } = artifact;
      const { manifestDigest: _, sizeBytes: __, ...same } = found.artifact;
      assert.deepEqual(same, { app, revision, configDigest, platform, builder });
      assert.deepEqual(await fixture.registry.missing(wanted(artifact, repository)), []);
    });

    test('one that is there is not pushed again, and its digest stays', async () => {
      const [repository, artifact] = [fixture.repository(), await fixture.build('v1')];
      const first = await publish(artifact, repository);
      const second = await publish(artifact, repository);
      assert.deepEqual(second, { ...first, unchanged: true, sentBytes: 0 });
    });

    test('a tag is never moved to another image', async () => {
      const repository = fixture.repository();
      const first = await publish(await fixture.build('moved', 'one'), repository);
      const other = await fixture.build('moved', 'two');
      await assert.rejects(publish(other, repository), (error: Error & { exitCode?: number; hint?: string }) => {
        assert.match(error.message, /another image of that name.* a tag is never moved/);
        assert.equal(error.exitCode, 4);
        assert.match(error.hint ?? '', /railiance registry inspect .*:moved/);
        return true;
      });
      const found = await fixture.registry.find(wanted(other, repository));
      assert.equal(found?.published.manifestDigest, first.manifestDigest);
    });

    test('one that is no longer on this machine is copied from where it was pushed', async () => {
      const [from, to, artifact] = [fixture.repository(), fixture.repository(), await fixture.build('copied')];
      const published = await publish(artifact, from);
      await fixture.forget(artifact);
      const copy = await publish(artifact, to, { published });
      assert.equal(copy.manifestDigest, published.manifestDigest);
      assert.equal(copy.reference, `${to.pull}:copied@${published.manifestDigest}`);
      assert.equal((await publish(artifact, to, { published })).unchanged, true);
    });

    test('one that is nowhere cannot be pushed', async () => {
      const artifact = await fixture.build('nowhere');
      await fixture.forget(artifact);
      await assert.rejects(publish(artifact, fixture.repository()), /neither on this machine nor at the registry/);
    });

    test('those that are not needed go, and nothing that is kept with them', async () => {
      const repository = fixture.repository();
      assert.deepEqual(await fixture.registry.tags(repository), []);
      const [old, runs] = [await fixture.build('old'), await fixture.build('runs')];
      for (const artifact of [old, runs, await fixture.build('new')]) await publish(artifact, repository);
      const kept = await publish(await fixture.build('kept'), repository);
      const request = {
        repository,
        unneeded: ['old', 'runs', 'kept', 'nowhere'],
        keep: new Set([kept.manifestDigest]),
        spare: (digests: readonly Digest[]) => (digests.includes(runs.configDigest) ? 'it runs' : undefined),
        ...{ limit: 10, progress: silent, signal },
      };
      const looked = await fixture.registry.remove({ ...request, dryRun: true });
      assert.equal((await fixture.registry.tags(repository)).length, 4);
      const { removed, spared, remaining } = await fixture.registry.remove({ ...request, dryRun: false });
      assert.deepEqual(looked, { removed, spared, remaining });
      assert.deepEqual([removed.map(({ tag }) => tag), remaining], [['old'], 0]);
      assert.deepEqual(
        spared.map(({ tag }) => tag),
        ['runs', 'kept'],
      );
      assert.equal(spared[0]?.reason, 'it runs');
      assert.deepEqual((await fixture.registry.tags(repository)).toSorted(), ['kept', 'new', 'runs']);
      assert.equal(await fixture.registry.find(wanted(old, repository)), undefined);
      const limited = { ...request, unneeded: ['new', 'runs'], limit: 1, dryRun: false };
      assert.equal((await fixture.registry.remove(limited)).remaining, 1);
    });

    test('one is brought to a machine that does not have it', async () => {
      const [repository, artifact] = [fixture.repository(), await fixture.build('fetched')];
      await publish(artifact, repository);
      await fixture.forget(artifact);
      assert.equal(await fixture.isHere(artifact), false);
      await fixture.registry.fetch(wanted(artifact, repository), fixture.layoutDir, silent);
      assert.equal(await fixture.isHere(artifact), true);
    });
  });
}
