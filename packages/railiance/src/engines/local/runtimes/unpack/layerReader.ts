import { createHash, type Hash } from 'node:crypto';
import { pipeline, Readable, Transform } from 'node:stream';
import type { ReadableStream } from 'node:stream/web';
import { createGunzip, createZstdDecompress } from 'node:zlib';
import { createTarDecoder } from 'modern-tar';

import { exitCodes, Failure, problemOf } from '../../../../domain/failure.ts';
import type { Layout } from '../../../../oci/layout.ts';
import { type Descriptor, type Digest, mediaTypes } from '../../../../oci/types.ts';
import { defaultLimits, type LayerEntry, LayerGuard } from './layerGuard.ts';

export interface LayerSource {
  readonly layout: Layout;
  readonly layer: Descriptor;
  /** Digest of the uncompressed layer, as the image's configuration has it. */
  readonly diffId: Digest;
}

/** Has to read or cancel the body. */
export type LayerVisitor = (entry: LayerEntry, body: ReadableStream<Uint8Array>) => Promise<void>;

/**
 * Reads one layer to its end, in bounded memory: every entry is checked before it is visited, and at the end the whole
 * against its diff id. Resolves with the directories that no entry of their own describes.
 * @throws Failure (exit code 2) for a hostile or damaged layer
 */
export async function readLayer(source: LayerSource, visit: LayerVisitor): Promise<readonly string[]> {
  const { layout, layer, diffId } = source;
  const guard = new LayerGuard();
  const steps = decompression(layer.mediaType);
  // An uncompressed layer's digest is its diff id, which the layout checks while it reads.
  const meter = new Meter(steps.length > 0 || layer.digest !== diffId);
  try {
    const stored = Readable.from(layout.streamBlob(layer.digest));
    // An error anywhere in it comes out at the end, where it is caught.
    pipeline([stored, ...steps, meter], () => undefined);
    const entries = Readable.toWeb(meter).pipeThrough(createTarDecoder({ strict: true }));
    for await (const { header, body } of entries) await visit(guard.check(header), body as ReadableStream<Uint8Array>);
  } catch (error) {
    // What this machine's disk refuses is no fault of the layer.
    if (error instanceof Failure || (error instanceof Error && 'syscall' in error)) throw error;
    throw damaged(layer.digest, problemOf(error));
  }
  const found = meter.digest();
  if (found !== undefined && found !== diffId) throw damaged(layer.digest, `its content is ${found} and not ${diffId}`);
  return guard.implicitDirectories;
}

/** Hashes what passes through where that is asked for, and ends a layer that expands without end. */
class Meter extends Transform {
  readonly #hash: Hash | undefined;
  #sizeBytes = 0;

  constructor(hashes: boolean) {
    super();
    this.#hash = hashes ? createHash('sha256') : undefined;
  }

  override _transform(
    chunk: Uint8Array,
    _encoding: string,
    done: (error: Error | null, chunk?: Uint8Array) => void,
  ): void {
    this.#hash?.update(chunk);
    this.#sizeBytes += chunk.length;
    // Headers and padding come on top of the content that is counted elsewhere.
    if (this.#sizeBytes > 2 * defaultLimits.sizeBytes) done(new Error('it expands without end'));
    else done(null, chunk);
  }

  digest(): Digest | undefined {
    return this.#hash && `sha256:${this.#hash.digest('hex')}`;
  }
}

function decompression(mediaType: string): Transform[] {
  switch (mediaType) {
    case mediaTypes.layer:
      return [];
    case mediaTypes.layerGzip:
    case mediaTypes.dockerLayer:
      return [createGunzip()];
    case mediaTypes.layerZstd:
      return [createZstdDecompress()];
    default:
      throw new Failure('unpack the image', `a layer is of the unknown type ${JSON.stringify(mediaType)}`, {
        exitCode: exitCodes.invalidInput,
      });
  }
}

function damaged(digest: Digest, why: string): Failure {
  return new Failure('unpack the image', `layer ${digest} is damaged: ${why}`, {
    hint: 'build or fetch the image again',
    exitCode: exitCodes.invalidInput,
  });
}
