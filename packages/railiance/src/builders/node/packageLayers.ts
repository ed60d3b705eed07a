import { createHash } from 'node:crypto';

import { type FolderPart, type LayerPart, sizeOf } from '../layer.ts';

export interface PackageLayer {
  readonly title: string;
  readonly parts: readonly LayerPart[];
}

const bigBytes = 16 * 1024 * 1024;
const maxBigLayers = 4;

/**
 * Packages in a few layers, so that a change of one does not move all: each big one has its own, the others share up to
 * four by the hash of their place, which stays when others come and go.
 */
export function planPackageLayers(packages: readonly FolderPart[]): PackageLayer[] {
  const sized = packages.map((part) => ({ part, imagePath: part.imagePath, sizeBytes: sizeOf([part]) }));
  const big = sized
    .filter(({ sizeBytes }) => sizeBytes >= bigBytes)
    .sort((a, b) => b.sizeBytes - a.sizeBytes || (a.imagePath < b.imagePath ? -1 : 1))
    .slice(0, maxBigLayers);
  const small = sized.filter((item) => !big.includes(item));
  const count = layerCount(small.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0));

  const shared = Array.from({ length: count }, (_, index) => ({
    title: count === 1 ? 'packages' : `packages ${index + 1}/${count}`,
    parts: small.filter(({ imagePath }) => bucketOf(imagePath, count) === index).map(({ part }) => part),
  }));
  return [...big.map(({ imagePath, part }) => ({ title: imagePath, parts: [part] })), ...shared].filter(
    ({ parts }) => parts.length > 0,
  );
}

/** Powers of two, so that few packages move where an app grows over a limit. */
function layerCount(sizeBytes: number): number {
  if (sizeBytes < 8 * 1024 * 1024) return 1;
  return sizeBytes < 32 * 1024 * 1024 ? 2 : 4;
}

function bucketOf(imagePath: string, count: number): number {
  return createHash('sha256').update(imagePath).digest().readUInt32BE(0) % count;
}
