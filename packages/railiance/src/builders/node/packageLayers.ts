import { createHash } from 'node:crypto';

import { type LayerPart, sizeOf } from '../layer.ts';

/** The files of one package at their places. */
export interface PackageParts {
  readonly imagePath: string;
  readonly parts: readonly LayerPart[];
}

export interface LayerPlan {
  readonly title: string;
  readonly parts: readonly LayerPart[];
}

const bigBytes = 16 * 1024 * 1024;
const maxBigLayers = 4;

/**
 * Packages in a few layers, so that a change of one does not move all: each big one has its own, the others share up to
 * four by the hash of their place, which stays when others come and go.
 */
export function planPackageLayers(packages: readonly PackageParts[]): LayerPlan[] {
  const sized = packages.map((item) => ({ ...item, sizeBytes: sizeOf(item.parts) }));
  const big = sized
    .filter(({ sizeBytes }) => sizeBytes >= bigBytes)
    .sort((a, b) => b.sizeBytes - a.sizeBytes || (a.imagePath < b.imagePath ? -1 : 1))
    .slice(0, maxBigLayers);
  const small = sized.filter((item) => !big.includes(item));
  const count = layerCount(small.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0));

  const shared = Array.from({ length: count }, (_, index) => ({
    title: count === 1 ? 'packages' : `packages ${index + 1}/${count}`,
    parts: small.filter(({ imagePath }) => bucketOf(imagePath, count) === index).flatMap(({ parts }) => parts),
  }));
  return [...big.map(({ imagePath, parts }) => ({ title: imagePath, parts })), ...shared].filter(
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
