import { type ByteReader, readFileBytes } from '../compress/byteReader.ts';
import { parseConfig, parseManifest } from '../documents.ts';
import type { Layout } from '../layout.ts';
import { OciError } from '../ociError.ts';
import { type Descriptor, type Digest, type Manifest, mediaTypes } from '../types.ts';

/** One layer of an image that is to be pushed. */
export interface LayerSource {
  /** Digest of the uncompressed layer. */
  readonly diffId: Digest;
  /** Of what `open` reads. */
  readonly sizeBytes: number;
  /** Where the content is a blob already: pushed as it is, never compressed again. Absent: an uncompressed tar archive. */
  readonly blob?: Descriptor;
  /** May be called again, for an upload that has to be repeated. */
  open(): Promise<ByteReader>;
}

/** An image that is to be pushed, wherever it is. */
export interface ImageSource {
  readonly config: Descriptor;
  readonly configBytes: Uint8Array;
  /** Lowest first, as in the configuration. */
  readonly layers: readonly LayerSource[];
  /** The manifest that the image has, where every layer of it is a blob as registries hold it. */
  readonly manifest?: { readonly descriptor: Descriptor; readonly bytes: Uint8Array };
}

/** An image of a layout, by the digest of its manifest. @throws OciError */
export async function imageInLayout(layout: Layout, manifestDigest: Digest): Promise<ImageSource> {
  const bytes = await layout.readBlob(manifestDigest);
  const manifest = parseManifest(bytes, `manifest ${manifestDigest}`);
  const configBytes = await layout.readBlob(manifest.config.digest);
  const descriptor = { mediaType: manifest.mediaType, digest: manifestDigest, size: bytes.length };
  return imageOf({ descriptor, bytes, manifest }, configBytes, ({ digest }) => readFileBytes(layout.blobPath(digest)));
}

interface ManifestHere {
  readonly descriptor: Descriptor;
  readonly bytes: Uint8Array;
  readonly manifest: Manifest;
}

/** An image whose blobs are there one by one. @throws OciError */
export function imageOf(
  { descriptor, bytes, manifest }: ManifestHere,
  configBytes: Uint8Array,
  openBlob: (blob: Descriptor) => Promise<ByteReader>,
): ImageSource {
  const what = `manifest ${descriptor.digest}`;
  const diffIds = parseConfig(configBytes, `config ${manifest.config.digest}`).rootfs.diff_ids;
  if (diffIds.length !== manifest.layers.length) {
    const counts = `${manifest.layers.length} layers, its configuration ${diffIds.length}`;
    throw new OciError('invalid', `${what}: it has ${counts}`);
  }
  const layers = manifest.layers.map((layer, at): LayerSource => {
    const plain = layer.mediaType === mediaTypes.layer;
    const diffId = diffIds[at] as Digest;
    if (plain && layer.digest !== diffId) {
      throw new OciError('mismatch', `${what}: layer ${layer.digest} should be ${diffId}`);
    }
    return { diffId, sizeBytes: layer.size, ...(!plain && { blob: layer }), open: () => openBlob(layer) };
  });
  const whole = layers.every(({ blob }) => blob !== undefined);
  return { config: manifest.config, configBytes, layers, ...(whole && { manifest: { descriptor, bytes } }) };
}
