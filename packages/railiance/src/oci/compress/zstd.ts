import { constants, createZstdCompress, type ZstdOptions, zstdCompressSync } from 'node:zlib';

import { inOrder } from './blocks.ts';
import type { ByteReader } from './byteReader.ts';
import type { CompressOptions } from './gzip.ts';
import { piecesOf } from './pieces.ts';

export const zstdBlockBytes = 2 * 1024 * 1024;

/**
 * Frames one after another, made on all cores; every reader of zstd takes them as one content.
 * https://www.rfc-editor.org/rfc/rfc8878#section-3
 */
export async function* zstd(
  reader: ByteReader,
  level: number,
  { workbench, onBlock, onEnd }: CompressOptions,
): AsyncGenerator<Uint8Array, void, undefined> {
  const options = (size: number): ZstdOptions => ({
    chunkSize: zstdBlockBytes,
    pledgedSrcSize: size,
    params: { [constants.ZSTD_c_compressionLevel]: level, [constants.ZSTD_c_checksumFlag]: 1 },
  });
  let empty = true;
  yield* inOrder(reader, workbench, async (block) => {
    empty = false;
    onBlock(block);
    return piecesOf(createZstdCompress(options(block.length)), block);
  });
  onEnd();
  if (empty) yield zstdCompressSync(new Uint8Array(), options(0));
}
