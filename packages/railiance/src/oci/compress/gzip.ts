import { constants, crc32, createDeflateRaw } from 'node:zlib';

import type { Permits } from '../permits.ts';
import { inOrder } from './blocks.ts';
import type { ByteReader } from './byteReader.ts';
import { piecesOf } from './pieces.ts';

export interface CompressOptions {
  readonly permits: Permits;
  /** Called with each block of the content, in order, before it is compressed. */
  readonly onBlock: (block: Uint8Array) => void;
  /** Called after the last block; what it throws ends the output before it is complete. */
  readonly onEnd: () => void;
}

const blockBytes = 1024 * 1024;
/** How far back deflate looks. */
const windowBytes = 32 * 1024;
/** No name, no time, no system: the same content gives the same bytes. https://www.rfc-editor.org/rfc/rfc1952 */
const header = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff]);
/** An empty block with the mark of the last one, since none of the others can know that it is. */
const lastBlock = Buffer.from([0x03, 0x00]);

/**
 * One gzip member, made on all cores: blocks are compressed at once on libuv's threads, each with the end of the one
 * before as its dictionary, and end on a byte boundary. The same content and level give the same bytes whatever the timing.
 */
export async function* gzip(
  reader: ByteReader,
  level: number,
  { permits, onBlock, onEnd }: CompressOptions,
): AsyncGenerator<Uint8Array, void, undefined> {
  let checksum = 0;
  let size = 0;
  let before: Buffer | undefined;
  yield header;
  yield* inOrder(reader, blockBytes, permits, async (block) => {
    onBlock(block);
    checksum = crc32(block, checksum);
    size += block.length;
    const dictionary = before;
    before = Buffer.from(block.subarray(-windowBytes));
    const options = { level, chunkSize: 512 * 1024, finishFlush: constants.Z_SYNC_FLUSH };
    return piecesOf(createDeflateRaw({ ...options, ...(dictionary && { dictionary }) }), block);
  });
  onEnd();
  const trailer = Buffer.alloc(8);
  trailer.writeUInt32LE(checksum, 0);
  trailer.writeUInt32LE(size % 2 ** 32, 4);
  yield Buffer.concat([lastBlock, trailer]);
}
