import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { ociArchive, ociBlobs } from '../../testing/imageArchives.ts';
import { peer } from '../../testing/peers.ts';
import { type Layout, openLayout } from '../layout.ts';
import type { Manifest } from '../types.ts';
import { importArchive } from './importArchive.ts';

const platform = { os: 'linux', architecture: process.arch === 'x64' ? 'amd64' : process.arch };
const root = await mkdtemp(join(tmpdir(), 'railiance-skopeo-'));
after(() => rm(root, { recursive: true, force: true }));

const skopeo = (...args: string[]) =>
  execFileSync(peer('skopeo'), args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });

let layout: Layout;
let manifest: Manifest;

before(async () => {
  layout = await openLayout(join(root, 'images'));
  const file = join(root, 'ours.tar');
  await writeFile(file, ociArchive(ociBlobs(['first', 'second'])));
  const descriptor = await importArchive(layout, file, { platform });
  await layout.tag('probe:1a2b3c4-dirty-0badcafe', descriptor);
  manifest = await layout.manifest(descriptor.digest);
});

test('skopeo reads our layout by the name we gave, and finds the same layers', () => {
  const seen = JSON.parse(skopeo('inspect', `oci:${layout.directory}:probe:1a2b3c4-dirty-0badcafe`));
  assert.deepEqual(
    seen.Layers,
    manifest.layers.map(({ digest }) => digest),
  );
});

for (const format of ['docker-archive', 'oci-archive'] as const) {
  test(`we read the ${format} that skopeo makes of it: the same image by its config digest`, async () => {
    const file = join(root, `${format}.tar`);
    skopeo('copy', `oci:${layout.directory}:probe:1a2b3c4-dirty-0badcafe`, `${format}:${file}`);
    const { digest } = await importArchive(layout, file, { platform });
    assert.equal((await layout.manifest(digest)).config.digest, manifest.config.digest);
  });
}
