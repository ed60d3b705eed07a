import type { Artifact, Digest } from '../domain/artifact.ts';
import type { ImageConfig, Manifest } from '../oci/index.ts';

/** https://github.com/opencontainers/image-spec/blob/main/annotations.md#pre-defined-annotation-keys */
const revisionLabel = 'org.opencontainers.image.revision';
const builderLabel = 'dev.railiance.builder';

export interface ImageFacts {
  readonly app: string;
  readonly tag: string;
  readonly manifestDigest: Digest;
  readonly manifest: Manifest;
  readonly config: ImageConfig;
}

/** What a builder said of an image, read again from the image itself. */
export function imageArtifact({ app, tag, manifestDigest, manifest, config }: ImageFacts): Artifact {
  const labels = config.config?.Labels;
  const source = labels?.[revisionLabel];
  const commit = source !== undefined && /^[0-9a-f]{40,64}$/.test(source) ? source : undefined;
  return {
    app,
    revision: { ...(commit !== undefined && { commit }), tag, dirty: tag.includes('-dirty-') },
    configDigest: manifest.config.digest,
    manifestDigest,
    sizeBytes: manifest.layers.reduce((sum, { size }) => sum + size, manifest.config.size),
    platform: `${config.os}/${config.architecture}`,
    builder: labels?.[builderLabel] ?? 'unknown',
  };
}
