import type { ByteReader } from '../compress/byteReader.ts';
import { gzip, gzipBlockBytes } from '../compress/gzip.ts';
import { Workbench } from '../compress/workbench.ts';
import { zstd, zstdBlockBytes } from '../compress/zstd.ts';
import { digestOf, type Measured, Meter } from '../digest.ts';
import { OciError } from '../ociError.ts';
import { type Descriptor, type Digest, mediaTypes } from '../types.ts';
import type { LayerSource } from './imageSource.ts';
import type { PushedLayer } from './push.ts';
import type { Repository } from './repository.ts';
import type { Uploads } from './uploads.ts';

export interface Compression {
  /** Docker before 23 and old containerd cannot read zstd. */
  readonly kind: 'gzip' | 'zstd';
  /** 1 where the registry is near, 4 where the line is slow. */
  readonly level: number;
}

const defaultCompression: Compression = { kind: 'gzip', level: 1 };

/** Up to here a layer is compressed in memory, and its digest known before it is sent. */
const smallBytes = 4 * 1024 * 1024;
/** What does not shrink grows by less than a hundredth. */
const smallMemoryBytes = Math.ceil(smallBytes * 1.01);
/** An image may have a hundred layers of that size. */
const parallelSmall = 4;
const copyBytes = 256 * 1024;

export interface LayerUploadOptions {
  readonly repository: Repository;
  readonly uploads: Uploads;
  readonly compression?: Compression | undefined;
  /** Blobs of layers that the repository probably has. */
  readonly known: ReadonlyMap<Digest, Descriptor>;
  readonly tally: { sent(bytes: number): void; done(bytes: number): void };
}

/** Gets single layers into a repository: by their name where they are there, else read, checked and compressed in one pass. */
export class LayerUpload {
  readonly #options: LayerUploadOptions;
  readonly #compression: Compression;
  /** Over all layers together. */
  readonly #workbench: Workbench;
  readonly #small = new Workbench(smallMemoryBytes, parallelSmall);

  constructor(options: LayerUploadOptions) {
    this.#options = options;
    this.#compression = options.compression ?? defaultCompression;
    this.#workbench = new Workbench(this.#compression.kind === 'gzip' ? gzipBlockBytes : zstdBlockBytes);
  }

  async put(layer: LayerSource, signal: AbortSignal): Promise<PushedLayer> {
    const { repository, known, tally } = this.#options;
    const named = layer.blob ?? known.get(layer.diffId);
    if (named !== undefined && (await repository.blobSize(named.digest, signal)) === named.size) {
      tally.done(layer.sizeBytes);
      return { ...named, diffId: layer.diffId, reused: true };
    }
    if (layer.blob !== undefined) {
      await this.#putBlob(layer, layer.blob, signal);
      return { ...layer.blob, diffId: layer.diffId, reused: false };
    }
    const mediaType = this.#compression.kind === 'gzip' ? mediaTypes.layerGzip : mediaTypes.layerZstd;
    const put = layer.sizeBytes <= smallBytes ? this.#putSmall(layer, signal) : this.#putLarge(layer, signal);
    return { mediaType, ...(await put), diffId: layer.diffId, reused: false };
  }

  async #putSmall(layer: LayerSource, signal: AbortSignal): Promise<Measured> {
    const { uploads, tally } = this.#options;
    const memory = await this.#small.take();
    try {
      signal.throwIfAborted();
      let size = 0;
      for await (const part of this.#compressed(layer)) {
        if (size + part.length > memory.length) {
          throw new OciError('mismatch', `layer ${layer.diffId}: it has more than ${layer.sizeBytes} bytes`);
        }
        memory.set(part, size);
        size += part.length;
      }
      const bytes = memory.subarray(0, size);
      const digest = digestOf(bytes);
      await uploads.putBytes(bytes, digest, { signal, onSent: (sent) => tally.sent(sent) });
      return { digest, size };
    } finally {
      this.#small.release(memory);
    }
  }

  #putLarge(layer: LayerSource, signal: AbortSignal) {
    const { uploads, tally } = this.#options;
    return uploads.putStream({ open: () => this.#compressed(layer) }, { signal, onSent: (sent) => tally.sent(sent) });
  }

  async #putBlob(layer: LayerSource, blob: Descriptor, signal: AbortSignal) {
    const { uploads, tally } = this.#options;
    const open = () => this.#counted(layer, copied(layer));
    await uploads.putStream({ known: blob, open }, { signal, onSent: (sent) => tally.sent(sent) });
  }

  /** The same bytes each time: an upload that broke can go on with them. */
  async *#compressed(layer: LayerSource): AsyncGenerator<Uint8Array, void, undefined> {
    const { tally } = this.#options;
    const { kind, level } = this.#compression;
    const { diffId, sizeBytes } = layer;
    const meter = new Meter();
    const reader = await layer.open();
    let complete = false;
    try {
      const options = {
        workbench: this.#workbench,
        onBlock: (block: Uint8Array) => {
          meter.add(block);
          tally.done(block.length);
        },
        onEnd: () => assertIs(meter, diffId),
      };
      yield* kind === 'gzip' ? gzip(reader, level, options) : zstd(reader, level, options);
      complete = true;
    } finally {
      if (!complete) tally.done(-Math.min(meter.size, sizeBytes));
      await reader.close();
    }
  }

  async *#counted(layer: LayerSource, content: AsyncIterable<Uint8Array>) {
    let done = 0;
    try {
      for await (const chunk of content) {
        yield chunk;
        done += chunk.length;
        this.#options.tally.done(chunk.length);
      }
    } finally {
      if (done < layer.sizeBytes) this.#options.tally.done(-done);
    }
  }
}

function assertIs(meter: Meter, diffId: Digest): void {
  const found = meter.finish().digest;
  if (found !== diffId) throw new OciError('mismatch', `layer ${diffId}: its content is ${found}`);
}

async function* copied(layer: LayerSource): AsyncGenerator<Uint8Array, void, undefined> {
  const reader: ByteReader = await layer.open();
  const meter = new Meter();
  const chunk = Buffer.allocUnsafe(copyBytes);
  try {
    for (;;) {
      const size = await reader.fill(chunk);
      if (size === 0) break;
      meter.add(chunk.subarray(0, size));
      if (layer.blob !== undefined && meter.size === layer.blob.size) assertIs(meter, layer.blob.digest);
      yield chunk.subarray(0, size);
    }
  } finally {
    await reader.close();
  }
}
