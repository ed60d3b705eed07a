import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';

import { Failure } from '../domain/failure.ts';
import { dockerArchive, ociBlobs } from '../testing/imageArchives.ts';
import { writeTree } from '../testing/tree.ts';
import { archiveBuilder } from './archive.ts';
import { appAt, builderContract, requestFor } from './contract.ts';

builderContract('archive', {
  make: archiveBuilder,
  tree: { 'image.tar': dockerArchive(['one']) },
  file: 'image.tar',
  other: dockerArchive(['two']),
  makesImage: false,
});

const root = await mkdtemp(join(tmpdir(), 'railiance-archive-'));
after(() => rm(root, { recursive: true, force: true }));
let count = 0;

async function build(options: Record<string, unknown>) {
  const own = join(root, String(++count));
  await writeTree(own, { 'store/image.tar': dockerArchive(['one']), 'app/result': '-> ../store/image.tar' });
  const app = appAt(join(own, 'app'), { build: { options, env: {} } });
  return archiveBuilder().build(requestFor(app, join(own, 'images')));
}

test('takes the archive that a link in the folder leads to, as Nix makes one', async () => {
  assert.equal((await build({ path: 'result' })).builder, 'archive');
});

test('takes a folder with an OCI layout', async () => {
  const own = join(root, String(++count));
  const { blobs, descriptor } = ociBlobs(['one']);
  const files = Object.fromEntries([...blobs].map(([path, content]) => [`app/image/${path}`, content]));
  const index = { schemaVersion: 2, manifests: [descriptor] };
  await writeTree(own, {
    ...files,
    'app/image/oci-layout': { imageLayoutVersion: '1.0.0' },
    'app/image/index.json': index,
  });
  const app = appAt(join(own, 'app'), { build: { options: { path: 'image' }, env: {} } });
  const artifact = await archiveBuilder().build(requestFor(app, join(own, 'images')));
  assert.equal(artifact.manifestDigest, descriptor.digest);
});

for (const [options, says] of [
  [{ path: 'absent.tar' }, /absent\.tar/],
  [{ image: 'other:latest' }, /other:latest/],
] as const) {
  test(`refuses ${JSON.stringify(options)}`, async () => {
    await assert.rejects(
      build(options),
      (error) => error instanceof Failure && error.exitCode === 2 && says.test(error.message),
    );
  });
}
