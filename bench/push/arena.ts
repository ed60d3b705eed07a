import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { bundle } from '../../packages/railiance/scripts/bundle.ts';
import { type Digest, type Layout, openLayout, Registry } from '../../packages/railiance/src/oci/index.ts';
import { startDistribution } from '../../packages/railiance/src/testing/peerRegistries/distribution.ts';
import { peer } from '../../packages/railiance/src/testing/peers.ts';
import { type Cost, measure } from './measure.ts';

/** Debian's registry on the loopback, a layout of images, and the programs that push them there. */
export interface Arena {
  readonly layout: Layout;
  /** Our push, a process of its own. */
  ours(image: Digest, repository: string, tag: string, kind?: 'gzip' | 'zstd'): Promise<Cost>;
  /** Our push straight from a docker-archive. */
  oursArchive(archive: string, repository: string, tag: string): Promise<Cost>;
  /** skopeo from a docker-archive. What it remembers is in `cache`. */
  skopeoArchive(archive: string, repository: string, tag: string, cache: string): Promise<Cost>;
  /** skopeo from the same layout. What it remembers is in `cache`: a new name is a fresh machine. */
  skopeo(name: string, repository: string, tag: string, cache: string): Promise<Cost>;
  /** crane from a docker-archive: from a layout it would send layers as they are, uncompressed. */
  crane(archive: string, repository: string, tag: string): Promise<Cost>;
  /** Node's own HTTP client and SHA-256 with one request to the registry, and nothing else: less no push from Node can take. */
  bareRequest(): Promise<Cost>;
  /** Writes an image of the layout as a docker-archive. */
  archive(name: string): Promise<string>;
  /** Compressed bytes of all layers of an image in the registry. */
  pushedBytes(repository: string, tag: string): Promise<number>;
  remove(): Promise<void>;
}

const run = promisify(execFile);

const bareRequest = `
require('node:crypto').createHash('sha256').update('').digest('hex');
require('node:http').get(process.argv[1], { agent: false }, (answer) => answer.resume());
`;

/** A file of this folder, bundled as the command line is. */
async function program(name: string, source: URL, programs: string): Promise<string> {
  const outdir = join(programs, name);
  await bundle({ entryPoints: { [name]: source.pathname }, outdir });
  await writeFile(join(outdir, 'package.json'), '{"type":"module"}');
  return join(outdir, `${name}.js`);
}

export async function openArena(): Promise<Arena> {
  const directory = await mkdtemp(join(tmpdir(), 'railiance-bench-push-'));
  const { host, close } = await startDistribution();
  const layout = await openLayout(join(directory, 'layout'));
  const programs = join(directory, 'programs');
  const pusher = await program('pusher', new URL('pusher.ts', import.meta.url), programs);
  const archivePusher = await program('archivePusher', new URL('archivePusher.ts', import.meta.url), programs);
  const registry = new Registry({ host, plainHttp: true });
  const [skopeo, crane] = [peer('skopeo'), peer('crane')];
  const copy = (from: string, repository: string, tag: string, cache: string) =>
    measure(
      [
        ...[skopeo, '--insecure-policy', 'copy', '--quiet', '--dest-tls-verify=false'],
        ...[from, `docker://${host}/${repository}:${tag}`],
      ],
      // As a user other than root skopeo keeps its cache below XDG_DATA_HOME.
      { XDG_DATA_HOME: join(directory, 'caches', cache), _CONTAINERS_ROOTLESS_UID: '1000' },
    );
  return {
    layout,
    ours: (image, repository, tag, kind = 'gzip') =>
      measure([process.execPath, pusher, layout.directory, image, host, repository, tag, kind]),
    oursArchive: (archive, repository, tag) =>
      measure([process.execPath, archivePusher, archive, host, repository, tag]),
    skopeoArchive: (archive, repository, tag, cache) => copy(`docker-archive:${archive}`, repository, tag, cache),
    skopeo: (name, repository, tag, cache) => copy(`oci:${layout.directory}:${name}`, repository, tag, cache),
    crane: (archive, repository, tag) =>
      measure([crane, 'push', '--insecure', archive, `${host}/${repository}:${tag}`]),
    bareRequest: () => measure([process.execPath, '-e', bareRequest, `http://${host}/v2/`]),
    archive: async (name) => {
      const file = join(directory, `${name}.tar`);
      const to = `docker-archive:${file}:bench/image:${name}`;
      await run(skopeo, ['--insecure-policy', 'copy', '--quiet', `oci:${layout.directory}:${name}`, to]);
      return file;
    },
    pushedBytes: async (repository, tag) => {
      const manifest = await registry.repository(repository, 'pull').manifest(tag);
      if (manifest === undefined || 'manifests' in manifest.document)
        throw new Error(`${repository}:${tag} is not there`);
      return manifest.document.layers.reduce((sum, { size }) => sum + size, 0);
    },
    remove: async () => {
      registry.close();
      await close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}
