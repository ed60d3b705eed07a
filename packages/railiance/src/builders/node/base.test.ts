import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { Failure } from '../../domain/failure.ts';
import type { ProgressEvent } from '../../domain/progress.ts';
import { createLocalExec } from '../../exec/localExec.ts';
import { digestOf, imageInLayout, importArchive, openLayout, pushImage, Registry } from '../../oci/index.ts';
import { dockerArchive, layerOf } from '../../testing/imageArchives.ts';
import { startMemoryRegistry } from '../../testing/memoryRegistry.ts';
import { scratchDirectory } from '../../testing/scratch.ts';
import { writeTree } from '../../testing/tree.ts';
import { appAt, imageFiles, noRegistry, requestFor } from '../contract.ts';
import { nodeBuilder } from '../node.ts';
import type { RegistryFor } from './base.ts';

const root = await scratchDirectory('base');
const layoutDir = join(root, 'images');
const tree = {
  'package.json': { name: 'probe', main: 'server.js' },
  'server.js': '1',
  'base.tar': dockerArchive(['of the base']),
};
const baseLayer = digestOf(layerOf('of the base'));
let count = 0;

async function built(
  base: string,
  registryFor: RegistryFor = noRegistry,
  progress: (event: ProgressEvent) => void = () => {},
) {
  const directory = await writeTree(join(root, String(++count)), tree);
  const app = appAt(directory, { build: { options: { base }, env: {} } });
  const builder = nodeBuilder({ exec: createLocalExec(), cacheDir: join(root, 'cache'), registryFor });
  const artifact = await builder.build(requestFor(app, layoutDir, { progress }));
  const layout = await openLayout(layoutDir);
  const config = await layout.config(artifact.configDigest);
  return { artifact, config, layers: (await layout.manifest(artifact.manifestDigest)).layers, layout };
}

test('Node, packages and the app come upon the layers of an archive, the libraries of this machine do not', async () => {
  const { artifact, config, layers, layout } = await built('./base.tar');
  assert.equal(config.rootfs.diff_ids[0], baseLayer);
  assert.equal(config.rootfs.diff_ids.length, layers.length);
  const paths = [...(await imageFiles(layout, artifact)).keys()];
  for (const path of ['app/file.txt', 'app/server.js', 'usr/local/bin/node']) assert.ok(paths.includes(path), path);
  assert.ok(!paths.some((path) => path.includes('libc.so')), String(paths));
  assert.equal(config.config?.Labels?.['org.opencontainers.image.base.name'], './base.tar');
  assert.deepEqual(config.config?.Entrypoint, ['/usr/local/bin/node']);
});

let server: Awaited<ReturnType<typeof startMemoryRegistry>>;
let digest: string;
const open: RegistryFor = async (host) => new Registry({ host, plainHttp: true });

before(async () => {
  server = await startMemoryRegistry();
  const layout = await openLayout(join(root, 'pushed'));
  await writeTree(root, { 'base.tar': dockerArchive(['of the base']) });
  const platform = { os: 'linux', architecture: process.arch === 'x64' ? 'amd64' : process.arch };
  const descriptor = await importArchive(layout, join(root, 'base.tar'), { platform });
  const registry = await open(server.host, appAt(root));
  const image = await imageInLayout(layout, descriptor.digest);
  digest = (await pushImage(registry.repository('team/base', 'push'), image, { tag: '1' })).manifestDigest;
  registry.close();
});
after(() => server.close());

test('from a registry it is fetched with its layers as they are; what a tag leads to is said', async () => {
  const notes: string[] = [];
  const noted = (event: ProgressEvent) => event.kind === 'note' && notes.push(event.text);
  const { config, layers } = await built(`${server.host}/team/base:1`, open, noted);
  assert.equal(config.rootfs.diff_ids[0], baseLayer);
  assert.notEqual(layers[0]?.digest, baseLayer, 'compressed, as the registry has it');
  assert.ok(
    notes.some((text) => text.includes(`team/base:1 is ${digest} today`)),
    String(notes),
  );
});

test('one that is named by its digest is fetched once, then no registry is asked', async () => {
  const base = `${server.host}/team/base@${digest}`;
  const first = await built(base, open);
  const again = await built(base);
  assert.equal(again.artifact.configDigest, first.artifact.configDigest);
});

test('a base that is not there, outside, or no name at all is refused', async () => {
  await assert.rejects(built(`${server.host}/team/none:1`, open), /has no image 1/);
  await assert.rejects(built('./../base.tar'), /leads out of/);
  await assert.rejects(
    built('debian'),
    (error) => error instanceof Failure && /neither a registry/.test(error.problem),
  );
});
