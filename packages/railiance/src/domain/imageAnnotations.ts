/**
 * What an image says of itself, in its labels, or, where its bytes stay as another tool made them, beside its name in the
 * layout. https://github.com/opencontainers/image-spec/blob/main/annotations.md#pre-defined-annotation-keys
 */
export const imageAnnotations = {
  revision: 'org.opencontainers.image.revision',
  title: 'org.opencontainers.image.title',
  version: 'org.opencontainers.image.version',
  description: 'org.opencontainers.image.description',
  baseName: 'org.opencontainers.image.base.name',
  baseDigest: 'org.opencontainers.image.base.digest',
  /** Path in the image of the list of its parts. */
  sbom: 'dev.railiance.sbom',
  builder: 'dev.railiance.builder',
} as const;
