import { realpathSync, statSync } from 'node:fs';

import { openLayout } from '../oci/layout.ts';
import { packTar, type TarEntry } from '../oci/tar.ts';
import { type Descriptor, type Digest, type ImageConfig, type Manifest, mediaTypes } from '../oci/types.ts';

export interface TinyImage {
  readonly layoutDir: string;
  readonly manifestDigest: Digest;
}

export interface TinyImageSpec {
  /** Layers over the one that holds Node; uncompressed tar archives as they are. */
  readonly layers?: readonly (readonly TarEntry[] | Uint8Array)[];
  /** False: no Node below. */
  readonly node?: boolean;
  readonly config?: ImageConfig['config'];
}

/** An image in the layout at `layoutDir`: this very Node with the libraries it has loaded, and what `spec` adds. */
export async function makeTinyImage(layoutDir: string, spec: TinyImageSpec): Promise<TinyImage> {
  const layout = await openLayout(layoutDir);
  const contents = [...(spec.node === false ? [] : [nodeEntries()]), ...(spec.layers ?? [])];
  const layers: Descriptor[] = [];
  for (const content of contents) {
    const bytes = content instanceof Uint8Array ? [content] : packTar(content);
    layers.push({ mediaType: mediaTypes.layer, ...(await layout.putBlob(bytes)) });
  }
  const config: ImageConfig = {
    architecture: process.arch === 'x64' ? 'amd64' : process.arch,
    os: 'linux',
    config: { Labels: { 'dev.railiance.builder': 'node' }, ...spec.config },
    rootfs: { type: 'layers', diff_ids: layers.map(({ digest }) => digest) },
  };
  const put = async (mediaType: string, value: object): Promise<Descriptor> => ({
    mediaType,
    ...(await layout.putBlob([Buffer.from(JSON.stringify(value))])),
  });
  const manifest: Manifest = {
    schemaVersion: 2,
    mediaType: mediaTypes.manifest,
    config: await put(mediaTypes.config, config),
    layers,
  };
  const descriptor = await put(mediaTypes.manifest, manifest);
  await layout.tag('tiny:latest', descriptor);
  return { layoutDir, manifestDigest: descriptor.digest };
}

export function textFile(path: string, text: string, mode = 0o644): TarEntry {
  return { type: 'content', path, mode, content: Buffer.from(text) };
}

function nodeEntries(): TarEntry[] {
  const report = process.report.getReport() as { sharedObjects?: readonly string[] };
  const libraries = (report.sharedObjects ?? []).filter((path) => path.startsWith('/') && path !== process.execPath);
  const files = new Map([['/usr/local/bin/node', process.execPath], ...libraries.map((path) => [path, path] as const)]);
  return [...files].map(([path, source]): TarEntry => {
    const real = realpathSync(source);
    return { type: 'file', path: path.slice(1), source: real, sizeBytes: statSync(real).size, mode: 0o755 };
  });
}
