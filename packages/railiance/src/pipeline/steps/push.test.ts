import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { exitCodes, Failure } from '../../domain/failure.ts';
import { createMemoryImageRegistry } from '../../testing/memoryImageRegistry.ts';
import { sampleContext } from '../../testing/sampleContext.ts';
import { sampleArtifact, sampleDigest } from '../../testing/sampleRelease.ts';
import type { ImageRegistry } from '../imageRegistry.ts';
import type { ImageStore } from '../imageStore.ts';
import { createPushStep, type PushInput } from './push.ts';
import { createVerifyStep } from './verify.ts';

const artifact = sampleArtifact('v2');
const repository = { push: 'registry:5000/probe', pull: '10.0.0.5:5000/probe' };
const published = {
  reference: `10.0.0.5:5000/probe:v2@${sampleDigest('manifest')}`,
  manifestDigest: sampleDigest('manifest'),
};
const input: PushInput = { repository, earlier: [], goesOn: false };
const elsewhere: ImageStore = {
  layoutDir: '/images',
  find: async () => undefined,
  tags: async () => [],
  verify: async () => {},
  versions: async () => [],
  prune: async () => ({ removed: [], freedBytes: 0 }),
};

const registryWith = (here: boolean) => createMemoryImageRegistry({ has: () => here, put: () => {} });

/** A registry that says the same to everything. */
function failing(error: Error): ImageRegistry {
  const fail = () => Promise.reject(error);
  return { find: fail, missing: fail, fetch: fail, publish: fail, tags: fail, remove: fail };
}

const down = new Failure('push registry:5000/probe:v2', 'ECONNREFUSED', {
  hint: 'railiance registry check tells what is wrong',
  exitCode: exitCodes.dependencyMissing,
});

describe('the push', () => {
  test('says what the stage pulls, and changes nothing the second time', async () => {
    const step = createPushStep({ images: elsewhere, registry: registryWith(true) });
    const [first, second] = [await step.run(input, sampleContext()), await step.run(input, sampleContext())];
    assert.ok(first.status === 'succeeded' && second.status === 'succeeded');
    assert.deepEqual([first.changed, second.changed], [true, false]);
    assert.deepEqual(Object.keys(first.output).sort(), ['manifestDigest', 'reference']);
    assert.deepEqual(second.output, first.output);
    assert.equal(first.output.reference, `10.0.0.5:5000/probe:v2@${first.output.manifestDigest}`);
  });

  test('that the registry refuses stops a deploy, with the next command', async () => {
    const step = createPushStep({ images: elsewhere, registry: failing(down) });
    const outcome = await step.run(input, sampleContext());
    assert.ok(outcome.status === 'failed');
    assert.deepEqual([outcome.cause.name, outcome.cause.hint], ['push', down.hint]);
    assert.match(outcome.cause.summary, /registry:5000\/probe:v2: ECONNREFUSED/);
  });

  test('never stands between a person and an earlier release: that was pushed before', async () => {
    const step = createPushStep({ images: elsewhere, registry: failing(down) });
    const outcome = await step.run({ ...input, published, goesOn: true }, sampleContext());
    assert.ok(outcome.status === 'succeeded');
    assert.deepEqual(outcome.output, published);
    assert.match(outcome.warnings?.join() ?? '', /went on without looking into the registry: .*ECONNREFUSED/);
  });

  test('that is stopped is no failure of the registry', async () => {
    const stop = AbortSignal.abort(new Error('stopped'));
    const step = createPushStep({ images: elsewhere, registry: failing(down) });
    const stopped = step.run({ ...input, published, goesOn: true }, sampleContext({}, { signal: stop }));
    await assert.rejects(stopped, /stopped/);
  });
});

describe('the verification of an image that is not on this machine', () => {
  const remote = { repository, fetch: false, goesOn: false };
  const verify = async (registry: ImageRegistry, more: Partial<typeof remote> = {}) =>
    createVerifyStep({ images: elsewhere, registry }).run(
      { artifact, remote: { ...remote, ...more } },
      sampleContext(),
    );

  async function pushed() {
    const registry = registryWith(true);
    await createPushStep({ images: elsewhere, registry }).run(input, sampleContext());
    return registry;
  }

  test('passes on one that the registry has whole', async () => {
    const outcome = await verify(await pushed());
    assert.ok(outcome.status === 'succeeded');
    assert.match(outcome.observed, /every blob is at registry:5000\/probe/);
  });

  const refused: readonly [name: string, change: (registry: ImageRegistry) => Partial<ImageRegistry>, words: RegExp][] =
    [
      ['is not there', () => ({ find: async () => undefined }), /neither here nor at registry:5000\/probe/],
      ['lost a layer', () => ({ missing: async () => [sampleDigest('layer')] }), /has lost 1 of its blobs/],
      [
        'is another one',
        () => ({ find: async () => ({ artifact: sampleArtifact('v3'), published }) }),
        /its config digest at registry:5000\/probe is sha256:[0-9a-f]{12}, not sha256:/,
      ],
    ];
  for (const [name, change, words] of refused) {
    test(`refuses one that ${name}, also for a rollback`, async () => {
      const registry = await pushed();
      for (const goesOn of [false, true]) {
        const outcome = await verify({ ...registry, ...change(registry) }, { goesOn });
        assert.ok(outcome.status === 'failed');
        assert.match(outcome.cause.summary, words);
      }
    });
  }

  test('goes on where the registry cannot be asked, only for a release that ran before and is pulled', async () => {
    const deploy = await verify(failing(down));
    const rollback = await verify(failing(down), { goesOn: true });
    const fetched = await verify(failing(down), { goesOn: true, fetch: true });
    assert.deepEqual([deploy.status, rollback.status, fetched.status], ['failed', 'succeeded', 'failed']);
    assert.ok(rollback.status === 'succeeded');
    assert.match(rollback.warnings?.join() ?? '', /went on without looking at the image/);
  });

  test('brings it here for an engine that does not pull', async () => {
    let here = false;
    const put = () => {
      here = true;
    };
    const machine = { has: () => true, put };
    const registry = createMemoryImageRegistry(machine);
    const images: ImageStore = { ...elsewhere, find: async () => (here ? artifact : undefined) };
    await createPushStep({ images, registry }).run(input, sampleContext());
    const outcome = await createVerifyStep({ images, registry }).run(
      { artifact, remote: { ...remote, fetch: true } },
      sampleContext(),
    );
    assert.ok(outcome.status === 'succeeded');
    assert.match(outcome.observed, /every digest read again/);
    assert.ok(here);
  });
});
