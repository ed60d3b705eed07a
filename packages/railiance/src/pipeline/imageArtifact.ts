import type { Artifact, Digest } from '../domain/artifact.ts';
import { imageAnnotations } from '../domain/imageAnnotations.ts';
import type { ImageConfig, Manifest } from '../oci/index.ts';

export interface ImageFacts {
  readonly app: string;
  readonly tag: string;
  readonly manifestDigest: Digest;
  readonly manifest: Manifest;
  readonly config: ImageConfig;
  /** Beside its name in a layout. */
  readonly annotations?: Readonly<Record<string, string>>;
}

/** What a builder said of an image, read again from the image itself. */
export function imageArtifact(facts: ImageFacts): Artifact {
  const { app, tag, manifestDigest, manifest, config, annotations } = facts;
  // What another tool made has its own labels; what railiance knows of it stands beside its name.
  const told = { ...config.config?.Labels, ...annotations };
  const source = told[imageAnnotations.revision];
  const commit = source !== undefined && /^[0-9a-f]{40,64}$/.test(source) ? source : undefined;
  return {
    app,
    revision: { ...(commit !== undefined && { commit }), tag, dirty: tag.includes('-dirty-') },
    configDigest: manifest.config.digest,
    manifestDigest,
    sizeBytes: manifest.layers.reduce((sum, { size }) => sum + size, manifest.config.size),
    platform: `${config.os}/${config.architecture}`,
    builder: told[imageAnnotations.builder] ?? 'unknown',
  };
}
