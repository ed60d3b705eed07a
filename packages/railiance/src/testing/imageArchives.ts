import { digestHex, digestOf } from '../oci/digest.ts';
import { packTar, type TarEntry } from '../oci/tar.ts';
import { type Descriptor, type Manifest, mediaTypes } from '../oci/types.ts';

/** Archives for tests, as other tools write them. */
export function tarOf(files: Readonly<Record<string, string | Uint8Array>>): Buffer {
  const entries = Object.entries(files).map(
    ([path, content]): TarEntry => ({ type: 'content', path, mode: 0o644, content: Buffer.from(content) }),
  );
  return Buffer.concat([...packTar(entries)]);
}

export function layerOf(text: string): Buffer {
  return tarOf({ 'app/file.txt': text });
}

function configOf(layers: readonly Uint8Array[], architecture: string): Buffer {
  const rootfs = { type: 'layers', diff_ids: layers.map((layer) => digestOf(layer)) };
  return Buffer.from(JSON.stringify({ os: 'linux', architecture, rootfs, config: { Cmd: ['x'], Env: null } }));
}

const hostArchitecture = process.arch === 'x64' ? 'amd64' : process.arch;

export interface SampleOptions {
  readonly architecture?: string;
  /** What is done to each layer before it is stored. */
  readonly pack?: (layer: Buffer) => Uint8Array;
  readonly mediaType?: string;
}

/** As `docker save` writes it; one layer for each text. */
export function dockerArchive(
  texts: readonly string[],
  { architecture, pack = (layer) => layer }: SampleOptions = {},
): Buffer {
  const layers = texts.map(layerOf);
  const config = configOf(layers, architecture ?? hostArchitecture);
  const name = `${digestHex(digestOf(config))}.json`;
  const paths = layers.map((layer) => `${digestHex(digestOf(layer))}/layer.tar`);
  return tarOf({
    'manifest.json': JSON.stringify([{ Config: name, RepoTags: ['probe:latest'], Layers: paths }]),
    [name]: config,
    ...Object.fromEntries(layers.map((layer, index) => [paths[index] ?? '', pack(layer)])),
  });
}

/** One image as blobs, and the descriptor that leads to it. */
export function ociBlobs(texts: readonly string[], options: SampleOptions = {}) {
  const { architecture = hostArchitecture, pack = (layer) => layer, mediaType = mediaTypes.layer } = options;
  const layers = texts.map(layerOf);
  const blobs = new Map<string, Uint8Array>();
  const put = (type: string, content: Uint8Array): Descriptor => {
    const digest = digestOf(content);
    blobs.set(`blobs/sha256/${digestHex(digest)}`, content);
    return { mediaType: type, digest, size: content.length };
  };
  const manifest: Manifest = {
    schemaVersion: 2,
    mediaType: mediaTypes.manifest,
    config: put(mediaTypes.config, configOf(layers, architecture)),
    layers: layers.map((layer) => put(mediaType, pack(layer))),
  };
  const descriptor = put(mediaTypes.manifest, Buffer.from(JSON.stringify(manifest)));
  return { blobs, descriptor: { ...descriptor, platform: { os: 'linux', architecture } } };
}

/** As `skopeo copy … oci-archive:` writes it; several images make one for several platforms. */
export function ociArchive(...images: readonly ReturnType<typeof ociBlobs>[]): Buffer {
  const index = { schemaVersion: 2, manifests: images.map(({ descriptor }) => descriptor) };
  return tarOf({
    'oci-layout': '{"imageLayoutVersion":"1.0.0"}',
    'index.json': JSON.stringify(index),
    ...Object.fromEntries(images.flatMap(({ blobs }) => [...blobs])),
  });
}
