import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { packTar, type TarSource } from 'modern-tar/fs';

import type { Lab } from '../lab.ts';

export interface ImageSpec {
  readonly name: string;
  readonly sources: readonly TarSource[];
  readonly config: { readonly Entrypoint: readonly string[]; readonly User?: string; readonly Env?: readonly string[] };
}

/** One layer, not compressed: it goes over the loopback interface, once. */
const types = {
  manifest: 'application/vnd.oci.image.manifest.v1+json',
  config: 'application/vnd.oci.image.config.v1+json',
  layer: 'application/vnd.oci.image.layer.v1.tar',
};

export function imageReference(lab: Lab, name: string): string {
  return `${lab.addresses.registry}/lab/${name}:lab`;
}

/** Makes an image of files and puts it into the lab's registry, unless it is there. */
export async function pushImage(lab: Lab, { name, sources, config }: ImageSpec): Promise<void> {
  const base = `http://${lab.addresses.registry}/v2/lab/${name}`;
  const there = await fetch(`${base}/manifests/lab`, { method: 'HEAD', headers: { accept: types.manifest } });
  if (there.ok) return;
  const tar = join(lab.folder, `${name}.tar`);
  try {
    const layer = await packLayer(tar, sources);
    await upload(base, layer, () => readFile(tar));
    const image = {
      architecture: process.arch === 'arm64' ? 'arm64' : 'amd64',
      os: 'linux',
      config,
      rootfs: { type: 'layers', diff_ids: [layer.digest] },
    };
    const configBytes = Buffer.from(JSON.stringify(image));
    const configBlob = { digest: digestOf(configBytes), size: configBytes.length };
    await upload(base, configBlob, async () => configBytes);
    const manifest = {
      schemaVersion: 2,
      mediaType: types.manifest,
      config: { mediaType: types.config, ...configBlob },
      layers: [{ mediaType: types.layer, ...layer }],
    };
    const headers = { 'content-type': types.manifest };
    await ask(`${base}/manifests/lab`, { method: 'PUT', body: JSON.stringify(manifest), headers });
  } finally {
    await rm(tar, { force: true });
  }
}

interface Blob {
  readonly digest: string;
  readonly size: number;
}

async function packLayer(file: string, sources: readonly TarSource[]): Promise<Blob> {
  const hash = createHash('sha256');
  const hashing = new Transform({
    transform(chunk, _encoding, done) {
      hash.update(chunk);
      done(null, chunk);
    },
  });
  await pipeline(packTar([...sources]), hashing, createWriteStream(file));
  return { digest: `sha256:${hash.digest('hex')}`, size: (await stat(file)).size };
}

async function upload(base: string, { digest }: Blob, bytes: () => Promise<Buffer>): Promise<void> {
  const started = await ask(`${base}/blobs/uploads/`, { method: 'POST' });
  const location = new URL(started.headers.get('location') ?? '', base);
  location.searchParams.set('digest', digest);
  const body = new Uint8Array(await bytes());
  await ask(location.href, { method: 'PUT', body, headers: { 'content-type': 'application/octet-stream' } });
}

async function ask(url: string, init: RequestInit): Promise<Response> {
  const response = await fetch(url, init);
  if (!response.ok) throw new Error(`${init.method} ${url}: ${response.status} ${await response.text()}`);
  return response;
}

function digestOf(bytes: Buffer): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}
