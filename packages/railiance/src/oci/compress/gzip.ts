import { constants, crc32, createDeflateRaw } from 'node:zlib';

import { inOrder } from './blocks.ts';
import type { ByteReader } from './byteReader.ts';
import { piecesOf } from './pieces.ts';
import type { Workbench } from './workbench.ts';

export interface CompressOptions {
  /** For blocks of this kind of compression. */
  readonly workbench: Workbench;
  /** Called with each block of the content, in order, before it is compressed. */
  readonly onBlock: (block: Uint8Array) => void;
  /** Called after the last block; what it throws ends the output before it is complete. */
  readonly onEnd: () => void;
}

/** So large that it hardly matters that each begins without the one before: two thousandths of the size. */
export const gzipBlockBytes = 1024 * 1024;
/** No name, no time, no system: the same content gives the same bytes. https://www.rfc-editor.org/rfc/rfc1952 */
const header = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff]);
/** An empty block with the mark of the last one, since none of the others can know that it is. */
const lastBlock = Buffer.from([0x03, 0x00]);

/**
 * One gzip member, made on all cores: blocks are compressed at once on libuv's threads, and end on a byte boundary. The same
 * content and level give the same bytes whatever the timing. The end of the block before is no dictionary: two copies of it
 * for each block would wait for the collector.
 */
export async function* gzip(
  reader: ByteReader,
  level: number,
  { workbench, onBlock, onEnd }: CompressOptions,
): AsyncGenerator<Uint8Array, void, undefined> {
  let checksum = 0;
  let size = 0;
  yield header;
  yield* inOrder(reader, workbench, async (block) => {
    onBlock(block);
    checksum = crc32(block, checksum);
    size += block.length;
    const options = { level, chunkSize: 512 * 1024, finishFlush: constants.Z_SYNC_FLUSH };
    return piecesOf(createDeflateRaw(options), block);
  });
  onEnd();
  const trailer = Buffer.alloc(8);
  trailer.writeUInt32LE(checksum, 0);
  trailer.writeUInt32LE(size % 2 ** 32, 4);
  yield Buffer.concat([lastBlock, trailer]);
}
