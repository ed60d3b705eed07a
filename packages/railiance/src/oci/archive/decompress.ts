import { Readable } from 'node:stream';
import { createGunzip, createZstdDecompress } from 'node:zlib';

import { OciError } from '../ociError.ts';

const maxLayerBytes = 64 * 1024 ** 3;

/** Passes chunks on until there are too many. @throws OciError `too-large` */
export async function* limited(
  chunks: AsyncIterable<Uint8Array>,
  limitBytes: number,
  what: string,
): AsyncGenerator<Uint8Array> {
  let sizeBytes = 0;
  for await (const chunk of chunks) {
    sizeBytes += chunk.length;
    if (sizeBytes > limitBytes) throw new OciError('too-large', `${what}: unpacks to more than ${limitBytes} bytes`);
    yield chunk;
  }
}

/** Passes chunks on until the signal is aborted, then throws its reason. */
export async function* interruptible(
  chunks: AsyncIterable<Uint8Array>,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) {
    signal?.throwIfAborted();
    yield chunk;
  }
}

/** A layer without its compression, which its first bytes tell. @throws OciError `invalid` where it is damaged */
export async function* decompressed(chunks: AsyncIterable<Uint8Array>, what: string): AsyncGenerator<Uint8Array> {
  const iterator = chunks[Symbol.asyncIterator]();
  const first = await iterator.next();
  if (first.done) return;
  const whole = resumed(first.value, iterator);
  const unpacker = unpackerFor(first.value);
  if (unpacker === undefined) {
    yield* whole;
    return;
  }
  const source = Readable.from(whole);
  // pipe() alone does not hand errors on.
  source.on('error', (error) => unpacker.destroy(error));
  try {
    yield* limited(source.pipe(unpacker), maxLayerBytes, what);
  } catch (error) {
    if (error instanceof OciError) throw error;
    throw new OciError('invalid', `${what}: its compression is damaged`, error);
  } finally {
    source.destroy();
  }
}

async function* resumed(first: Uint8Array, rest: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield first;
  yield* { [Symbol.asyncIterator]: () => rest };
}

/** How content is compressed, by its first four bytes. */
export function compressionOf(first: Uint8Array): 'gzip' | 'zstd' | undefined {
  const magic = Buffer.from(first.subarray(0, 4)).toString('hex');
  if (magic.startsWith('1f8b')) return 'gzip';
  return magic === '28b52ffd' ? 'zstd' : undefined;
}

function unpackerFor(first: Uint8Array) {
  const compression = compressionOf(first);
  if (compression === undefined) return undefined;
  return compression === 'gzip' ? createGunzip() : createZstdDecompress();
}
