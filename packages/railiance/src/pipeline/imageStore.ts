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
  /** Takes away the tags of an app that name one of `drop`, and the blobs that no tag and none of `keep` needs (manifest digests). */
  prune(app: string, drop: ReadonlySet<Digest>, keep: ReadonlySet<Digest>): Promise<Pruned>;
}

export interface Pruned {
  /** Tags. */
  readonly removed: readonly string[];
  readonly freedBytes: number;
}
