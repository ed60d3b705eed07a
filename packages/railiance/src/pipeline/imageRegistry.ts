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
