import type { Descriptor, Digest } from '../types.ts';
import type { PushedLayer } from './push.ts';

/**
 * What layers are called in one repository, kept by whoever pushes: a push that was cut off goes on where it was, and one
 * that follows another has nothing to look up. Only a hint: the registry is asked for each blob.
 */
export interface LayerMemory {
  /** Blobs by the digest of the uncompressed layer. */
  known(): Promise<ReadonlyMap<Digest, Descriptor>>;
  /** Told of each layer as soon as the repository has it. */
  keep(layer: PushedLayer): Promise<void>;
}

export const noMemory: LayerMemory = { known: async () => new Map(), keep: async () => {} };
