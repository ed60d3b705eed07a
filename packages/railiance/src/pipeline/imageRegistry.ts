import type { Artifact, Digest } from '../domain/artifact.ts';
import type { Progress } from '../domain/progress.ts';
import type { ImageRepository, PublishedImage } from '../domain/registry.ts';

/** Images of registries, as the pipeline needs them. Everything throws a Failure where the registry cannot be asked. */
export interface ImageRegistry {
  /** The image that a tag or a digest names there; undefined where there is none. */
  find(wanted: WantedImage): Promise<FoundImage | undefined>;
  /** Blobs of an image that the registry lacks, though it has its manifest. */
  missing(wanted: WantedImage): Promise<readonly Digest[]>;
  /** Brings an image into the layout of this machine, as `<app>:<tag>`. */
  fetch(wanted: WantedImage, layoutDir: string, progress: Progress): Promise<void>;
  /**
   * Puts the image under its tag, sending only what the registry lacks; nothing where it is there.
   * @throws Failure where the tag names another image: a tag is never moved
   */
  publish(request: PublishRequest): Promise<Publication>;
  /** Every tag of a repository; none where there is no such repository. */
  tags(repository: ImageRepository, signal?: AbortSignal): Promise<readonly string[]>;
  /** Removes tags that are not needed. Whatever has a tag of its own, or is part of such an image, stays. */
  remove(request: RemoveRequest): Promise<Removal>;
}

export interface WantedImage {
  readonly app: string;
  readonly repository: ImageRepository;
  readonly tag: string;
  /** Looked for instead of the tag. */
  readonly published?: PublishedImage;
  readonly signal?: AbortSignal;
}

export interface FoundImage {
  readonly artifact: Artifact;
  readonly published: PublishedImage;
}

export interface PublishRequest {
  readonly artifact: Artifact;
  readonly repository: ImageRepository;
  readonly layoutDir: string;
  /** The same image where it was pushed before, there or elsewhere: its digest stays. */
  readonly published?: PublishedImage;
  /** Digests of the repository's manifests that probably have layers in common. */
  readonly earlier: readonly string[];
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

export interface Publication extends PublishedImage {
  /** The tag named the image already. */
  readonly unchanged: boolean;
  readonly sentBytes: number;
}

export interface RemoveRequest {
  readonly repository: ImageRepository;
  /** The first go first. */
  readonly unneeded: readonly string[];
  /** Manifests that stay, whatever names them. */
  readonly keep: ReadonlySet<Digest>;
  /** A reason to keep an image, by the digests of its configurations. */
  readonly spare: (configDigests: readonly Digest[]) => string | undefined;
  readonly limit: number;
  readonly dryRun: boolean;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

export interface Removal {
  readonly removed: readonly { readonly tag: string; readonly digest: Digest }[];
  readonly spared: readonly { readonly tag: string; readonly reason: string }[];
  /** Unneeded ones beyond the limit. */
  readonly remaining: number;
}
