import { arch } from 'node:process';

import type { Artifact } from '../domain/artifact.ts';
import { exitCodes, Failure } from '../domain/failure.ts';
import { type Digest, digestOf, type ImageConfig, type Layout, type Manifest, mediaTypes } from '../oci/index.ts';
import type { Layer } from './layerCache.ts';

/** Node's names of processors → those of OCI: https://go.dev/doc/install/source#environment */
const architectures: Readonly<Record<string, string>> = { x64: 'amd64', arm64: 'arm64' };

/** @throws Failure where no images are made for this machine's processor */
export function hostArchitecture(action: string): string {
  const architecture = architectures[arch];
  if (architecture !== undefined) return architecture;
  throw new Failure(action, `no images are made for this machine's processor (${arch})`, {
    exitCode: exitCodes.dependencyMissing,
  });
}

export interface ImageParts {
  /** Name in the layout, `<app>:<tag>`. */
  readonly name: string;
  readonly architecture: string;
  readonly config: NonNullable<ImageConfig['config']>;
  readonly layers: readonly Layer[];
}

/** Writes config and manifest, and names the image. The same parts give the same digests. */
export async function writeImage(
  layout: Layout,
  { name, architecture, config, layers }: ImageParts,
): Promise<Pick<Artifact, 'configDigest' | 'manifestDigest' | 'sizeBytes' | 'platform'>> {
  const image: ImageConfig = {
    architecture,
    os: 'linux',
    config,
    rootfs: { type: 'layers', diff_ids: layers.map(({ descriptor, diffId }) => diffId ?? descriptor.digest) },
    history: layers.map(({ title }) => ({ created_by: `railiance: ${title}` })),
  };
  const storedConfig = measuredJson(image);
  const manifest: Manifest = {
    schemaVersion: 2,
    mediaType: mediaTypes.manifest,
    config: { mediaType: mediaTypes.config, digest: storedConfig.digest, size: storedConfig.size },
    layers: layers.map(({ descriptor }) => descriptor),
  };
  const storedManifest = measuredJson(manifest);
  await Promise.all([put(layout, storedConfig), put(layout, storedManifest)]);
  await layout.tag(name, {
    mediaType: mediaTypes.manifest,
    digest: storedManifest.digest,
    size: storedManifest.size,
  });
  return {
    configDigest: storedConfig.digest,
    manifestDigest: storedManifest.digest,
    sizeBytes: layers.reduce((sum, { descriptor }) => sum + descriptor.size, storedConfig.size),
    platform: `linux/${architecture}`,
  };
}

interface MeasuredJson {
  readonly bytes: Buffer;
  readonly digest: Digest;
  readonly size: number;
}

function measuredJson(value: unknown): MeasuredJson {
  const bytes = Buffer.from(JSON.stringify(value));
  return { bytes, digest: digestOf(bytes), size: bytes.length };
}

/** Only where it is not there: nothing changed means nothing to sync. */
async function put(layout: Layout, { bytes, digest, size }: MeasuredJson): Promise<void> {
  if (!(await layout.hasBlob(digest, size))) await layout.putBlob(bytes, { digest });
}
