import type { Artifact, Digest } from '../domain/artifact.ts';

/** Images built on or fetched to this machine, as the pipeline needs them. */
export interface ImageStore {
  /** OCI image layout that builders write to and engines read from. */
  readonly layoutDir: string;
  /** The artifact that a tag names; undefined where there is none. */
  find(app: string, tag: string): Promise<Artifact | undefined>;
  /** Tags of an app, sorted. */
  tags(app: string): Promise<readonly string[]>;
  /**
   * Reads every byte of the artifact again and compares the digests.
   * @throws Failure naming what is missing or damaged
   */
  verify(artifact: Artifact, signal: AbortSignal): Promise<void>;
  /** Every image of an app, with when it was last built or asked for, in milliseconds. */
  versions(app: string): Promise<readonly StoredVersion[]>;
  /** Takes tags of an app away, and the blobs that no tag and none of `keep` needs (manifest digests). */
  prune(app: string, tags: ReadonlySet<string>, keep: ReadonlySet<Digest>): Promise<Pruned>;
}

export interface StoredVersion {
  readonly tag: string;
  readonly age: number;
}

export interface Pruned {
  /** Tags. */
  readonly removed: readonly string[];
  readonly freedBytes: number;
}
