import { randomBytes } from 'node:crypto';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

import {
  type Descriptor,
  type Digest,
  type ImageConfig,
  type Layout,
  type Manifest,
  mediaTypes,
  packTar,
  type TarEntry,
} from '../../packages/railiance/src/oci/index.ts';

const root = new URL('../../', import.meta.url).pathname;

/** What the layers hold: programs and libraries that every machine with this repository and Debian has. */
const stable: readonly (readonly string[])[] = [
  [process.execPath],
  ['/usr/lib/python3', '/usr/lib/python3.11'],
  ['/usr/share/perl', '/usr/lib/x86_64-linux-gnu/perl'],
  [join(root, 'node_modules/@biomejs')],
  [join(root, 'node_modules/@typescript')],
  [join(root, 'node_modules/@esbuild'), join(root, 'node_modules/lightningcss-linux-x64-gnu')],
  [join(root, 'node_modules/playwright-core'), join(root, 'node_modules/zod'), join(root, 'node_modules/knip')],
  ['/usr/share/zoneinfo'],
];

/** The layers that no variant changes, largest 100 MB, 300 MB in all. */
export async function putStableLayers(layout: Layout): Promise<readonly Descriptor[]> {
  const layers: Descriptor[] = [];
  for (const folders of stable) {
    const entries = folders.flatMap((folder) => [...filesBelow(folder)]);
    layers.push({ mediaType: mediaTypes.layer, ...(await layout.putBlob(packTar(entries))) });
  }
  return layers;
}

/** An image of these layers and 0.67 MB of its own, named in the layout; each call makes another one. */
export async function putVariant(layout: Layout, name: string, layers: readonly Descriptor[]): Promise<Digest> {
  // Text such as source code: it shrinks to a third.
  const content = Buffer.from(randomBytes(335_000).toString('hex'));
  const app = await layout.putBlob(packTar([{ type: 'content', path: 'app/server.js', mode: 0o644, content }]));
  return putImage(layout, name, [...layers, { mediaType: mediaTypes.layer, ...app }]);
}

export async function putImage(layout: Layout, name: string, layers: readonly Descriptor[]): Promise<Digest> {
  const config: ImageConfig = {
    architecture: 'amd64',
    os: 'linux',
    config: {},
    rootfs: { type: 'layers', diff_ids: layers.map(({ digest }) => digest) },
  };
  const put = async (mediaType: string, value: object): Promise<Descriptor> => ({
    mediaType,
    ...(await layout.putBlob(Buffer.from(JSON.stringify(value)))),
  });
  const manifest: Manifest = {
    schemaVersion: 2,
    mediaType: mediaTypes.manifest,
    config: await put(mediaTypes.config, config),
    layers,
  };
  const descriptor = await put(mediaTypes.manifest, manifest);
  await layout.tag(name, descriptor);
  return descriptor.digest;
}

/** One layer of about `sizeBytes`: this Node over and over, each time with other bytes in front. */
export async function putLargeImage(layout: Layout, name: string, sizeBytes: number): Promise<Digest> {
  const one = statSync(process.execPath).size;
  const entries = Array.from({ length: Math.ceil(sizeBytes / one) }, (_, at): TarEntry => {
    return { type: 'file', path: `copy/${at}`, source: process.execPath, sizeBytes: one, mode: 0o755 };
  });
  const blob = await layout.putBlob(packTar(entries));
  return putImage(layout, name, [{ mediaType: mediaTypes.layer, ...blob }]);
}

/** An image of `count` layers of `sizeBytes` each, which do not shrink. */
export async function putSmallLayers(layout: Layout, name: string, count: number, sizeBytes: number): Promise<Digest> {
  const layers: Descriptor[] = [];
  for (let number = 0; number < count; number += 1) {
    const content = randomBytes(sizeBytes);
    const blob = await layout.putBlob(packTar([{ type: 'content', path: `part/${number}`, mode: 0o644, content }]));
    layers.push({ mediaType: mediaTypes.layer, ...blob });
  }
  return putImage(layout, name, layers);
}

function* filesBelow(path: string): Generator<TarEntry> {
  const stat = statSync(path);
  if (stat.isFile()) {
    yield { type: 'file', path: path.slice(1), source: path, sizeBytes: stat.size, mode: 0o755 };
    return;
  }
  for (const entry of readdirSync(path, { withFileTypes: true })) {
    if (entry.isFile() || entry.isDirectory()) yield* filesBelow(join(path, entry.name));
  }
}
