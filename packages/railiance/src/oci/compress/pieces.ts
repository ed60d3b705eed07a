import type { Transform } from 'node:stream';

/**
 * What a compressor makes of one block, in the memory that it was made in: Node's own functions for this join it into a
 * copy, and leave the rest to the collector.
 */
export function piecesOf(compressor: Transform, block: Uint8Array): Promise<readonly Uint8Array[]> {
  return new Promise((resolve, reject) => {
    const pieces: Uint8Array[] = [];
    compressor.on('data', (piece: Buffer) => pieces.push(piece));
    compressor.on('error', reject);
    // When it is closed it does not write into that memory any more.
    compressor.on('close', () => resolve(pieces));
    compressor.end(block);
  });
}
