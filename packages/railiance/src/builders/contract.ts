import assert from 'node:assert/strict';
import { chmod, mkdtemp, readdir, rm, utimes } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { unpackTar } from 'modern-tar';

import type { AppSpec } from '../domain/app.ts';
import type { Artifact } from '../domain/artifact.ts';
import { Failure } from '../domain/failure.ts';
import { silent } from '../domain/progress.ts';
import { type Layout, openLayout } from '../oci/index.ts';
import { type Tree, writeTree } from '../testing/tree.ts';
import type { Builder, BuildRequest } from './builder.ts';

export interface BuilderExamples {
  readonly make: (cacheDir: string) => Builder;
  /** An app that it can build. */
  readonly tree: Tree;
  /** One of its files, and another content of the same size that makes another image. */
  readonly file: string;
  readonly other: string | Uint8Array;
  /** False for builders that take an image as another tool made it. */
  readonly makesImage: boolean;
}

/** An app of a folder with nothing special about it. */
export function appAt(directory: string, changes: Partial<AppSpec> = {}): AppSpec {
  return {
    slug: 'probe',
    name: 'Probe',
    kind: 'service',
    criticality: 'low',
    directory,
    file: join(directory, 'app.toml'),
    build: { options: {}, env: {} },
    run: { port: 8000, env: {}, startTimeoutMs: 1, stopTimeoutMs: 1, replicas: 1, resources: {}, volumes: [] },
    deploy: { values: [] },
    secrets: { required: [], generate: [] },
    smoke: [],
    retention: { keep: 5 },
    ...changes,
  };
}

export function requestFor(app: AppSpec, layoutDir: string, changes: Partial<BuildRequest> = {}): BuildRequest {
  const revision = { tag: '1a2b3c4', dirty: false };
  return { app, revision, layoutDir, progress: silent, signal: new AbortController().signal, ...changes };
}

/** For builds that have no base in a registry. */
export const noRegistry = async () => assert.fail('a registry was asked');

/** Path → content of every file in an image, upper layers over lower ones. */
export async function imageFiles(layout: Layout, { manifestDigest }: Artifact): Promise<Map<string, string>> {
  const files = new Map<string, string>();
  for (const { digest } of (await layout.manifest(manifestDigest)).layers) {
    const bytes = await layout.readBlob(digest, Number.MAX_SAFE_INTEGER);
    for (const { header, data } of await unpackTar(bytes, { strict: true })) {
      if (header.type === 'symlink') files.set(header.name, `-> ${header.linkname}`);
      else if (header.type === 'file') files.set(header.name, Buffer.from(data ?? []).toString());
    }
  }
  return files;
}

const secretFiles: Tree = {
  '.env': 'CANARY',
  '.env.production': 'CANARY',
  '.npmrc': '//registry.example/:_authToken=CANARY',
  '.git/config': 'CANARY',
  'deploy/railiance/secrets/probe.env.sops.yaml': 'CANARY',
  'keys/other.sops.yaml': 'CANARY',
  'nested/.env': 'CANARY',
  'somewhere/named-by-app-toml': 'CANARY',
};

/** What every builder does. */
export function builderContract(name: string, { make, tree, file, other, makesImage }: BuilderExamples): void {
  describe(`builder: ${name}`, () => {
    const folders: string[] = [];
    const folder = async () => {
      const path = await mkdtemp(join(tmpdir(), 'railiance-builder-'));
      folders.push(path);
      return path;
    };
    after(() => Promise.all(folders.map((path) => rm(path, { recursive: true, force: true }))));
    // One cache and one layout for most, as in life: no test may depend on another's leavings.
    const shared = folder();
    const builder = async () => make(join(await shared, 'cache'));
    const layoutDir = async () => join(await shared, 'images');
    const build = async (directory: string, changes: Partial<BuildRequest> = {}) =>
      (await builder()).build(requestFor(appAt(directory), await layoutDir(), changes));

    test('knows the folders that it can build', async () => {
      assert.equal(await (await builder()).detect(await writeTree(await folder(), tree)), true);
      assert.equal(await (await builder()).detect(await folder()), false);
      assert.equal((await builder()).name, name);
    });

    test('says what it made, and the layout holds all of it', async () => {
      const artifact = await build(await writeTree(await folder(), tree));
      const layout = await openLayout(await layoutDir());
      const { digest } = await layout.resolve('probe:1a2b3c4');
      const { config, layers } = await layout.manifest(digest);
      assert.equal(artifact.manifestDigest, digest);
      assert.equal(artifact.configDigest, config.digest);
      assert.equal(
        artifact.sizeBytes,
        layers.reduce((sum, { size }) => sum + size, config.size),
      );
      assert.deepEqual([artifact.app, artifact.builder, artifact.revision.tag], ['probe', name, '1a2b3c4']);

      const image = await layout.config(config.digest);
      assert.equal(artifact.platform, `${image.os}/${image.architecture}`);
      for (const layer of layers) for await (const _ of layout.streamBlob(layer.digest));
      if (!makesImage) return;
      assert.equal(image.config?.Labels?.['dev.railiance.builder'], name);
      assert.equal(image.config?.Labels?.['org.opencontainers.image.revision'], '1a2b3c4');
      assert.equal(image.config?.Labels?.['org.opencontainers.image.title'], 'Probe');
    });

    test('makes the same image of the same tree: another folder, order, time, mask and cache', async () => {
      const first = await build(await writeTree(await folder(), tree));
      const mask = process.umask(0o077);
      try {
        const reversed = Object.fromEntries(Object.entries(tree).reverse());
        const directory = await writeTree(await folder(), reversed);
        await utimes(join(directory, file), 1e9, 1e9);
        await chmod(join(directory, file), 0o640);
        const elsewhere = join(await folder(), 'images');
        const again = await make(join(await folder(), 'cache')).build(requestFor(appAt(directory), elsewhere));
        assert.deepEqual(again, first);
      } finally {
        process.umask(mask);
      }
    });

    test('makes another image when one byte changes, though size and time of the file stay', async () => {
      const directory = await writeTree(await folder(), tree);
      const first = await build(directory);
      await writeTree(directory, { [file]: other });
      await utimes(join(directory, file), 1e9, 1e9);
      assert.notEqual((await build(directory)).configDigest, first.configDigest);
      await writeTree(directory, { [file]: tree[file] ?? '' });
      assert.equal((await build(directory)).configDigest, first.configDigest);
    });

    test('building again changes nothing in the layout, and mends one that lost its layers', async () => {
      const own = join(await folder(), 'images');
      const request = requestFor(appAt(await writeTree(await folder(), tree)), own);
      const first = await (await builder()).build(request);
      const before = await readdir(join(own, 'blobs/sha256'));
      assert.deepEqual(await (await builder()).build(request), first);
      assert.deepEqual(await readdir(join(own, 'blobs/sha256')), before);

      const layout = await openLayout(own);
      assert.equal((await layout.list()).length, 1);
      for (const { digest } of (await layout.manifest(first.manifestDigest)).layers) await rm(layout.blobPath(digest));
      assert.deepEqual(await (await builder()).build(request), first);
    });

    if (makesImage) {
      test('leaves secrets and repositories out', async () => {
        const directory = await writeTree(await folder(), { ...tree, ...secretFiles });
        const app = appAt(directory, { secrets: { file: 'somewhere/named-by-app-toml', required: [], generate: [] } });
        const artifact = await build(directory, { app });
        const files = await imageFiles(await openLayout(await layoutDir()), artifact);
        const leaked = [...files].filter(([path, content]) => content.includes('CANARY') || path.includes('.git/'));
        assert.deepEqual(
          leaked.map(([path]) => path),
          [],
        );
        const own = [...files].filter(([path, content]) => path.endsWith(file) && content === tree[file]);
        assert.equal(own.length, 1, 'the app itself is in it');
      });
    }

    test('stops when it is told to, and names nothing', async () => {
      const own = join(await folder(), 'images');
      const app = appAt(await writeTree(await folder(), tree));
      const request = requestFor(app, own, { signal: AbortSignal.abort(new Error('enough')) });
      await assert.rejects((await builder()).build(request), /enough/);
      assert.deepEqual(await (await openLayout(own)).list(), []);
    });

    test('says what is wrong with a folder that it cannot build', async () => {
      await assert.rejects(build(await folder()), (error) => error instanceof Failure && error.exitCode !== 0);
    });

    test('builds several apps into one layout at once', async () => {
      const trees = [tree, { ...tree, [file]: other }, tree];
      const artifacts = await Promise.all(
        trees.map(async (each, index) => {
          const app = appAt(await writeTree(await folder(), each), { slug: `app-${index}` });
          return build(app.directory, { app });
        }),
      );
      assert.equal(new Set(artifacts.map(({ configDigest }) => configDigest)).size, 2);
      const layout = await openLayout(await layoutDir());
      for (const { app, manifestDigest } of artifacts) {
        assert.equal((await layout.resolve(`${app}:1a2b3c4`)).digest, manifestDigest);
      }
    });
  });
}
