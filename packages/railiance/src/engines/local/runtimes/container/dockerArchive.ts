import type { Layout } from '../../../../oci/layout.ts';
import { packTar } from '../../../../oci/tar.ts';
import type { Descriptor, Manifest } from '../../../../oci/types.ts';

/**
 * An image of a layout as `docker load` and `podman load` both take it, straight from the blobs.
 * https://github.com/moby/docker-image-spec/blob/main/spec.md#combined-image-json--filesystem-changeset-format
 */
export function dockerArchive(layout: Layout, { config, layers }: Manifest, name: string): Generator<Uint8Array> {
  const blobs = new Map([config, ...layers].map((blob) => [blob.digest, blob]));
  const content = [{ Config: place(config), RepoTags: [name], Layers: layers.map(place) }];
  return packTar([
    { type: 'content', path: 'manifest.json', mode: 0o644, content: Buffer.from(JSON.stringify(content)) },
    ...[...blobs.values()].map((blob) => ({
      type: 'file' as const,
      path: place(blob),
      mode: 0o644,
      source: layout.blobPath(blob.digest),
      sizeBytes: blob.size,
    })),
  ]);
}

function place({ digest }: Descriptor): string {
  return `blobs/${digest.replace(':', '/')}`;
}
