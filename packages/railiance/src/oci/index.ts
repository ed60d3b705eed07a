export { type ArchivedImage, type ArchiveOptions, imageInArchive } from './archive/imageInArchive.ts';
export { type ImportOptions, importArchive } from './archive/importArchive.ts';
export type { BlobContent, Expected } from './blobs.ts';
export type { Collected } from './collect.ts';
export { digestHex, digestOf, isDigest, type Measured, measure, parseDigest } from './digest.ts';
export { parseConfig, parseIndex, parseManifest } from './documents.ts';
export { type CollectOptions, type Layout, openLayout } from './layout.ts';
export type { Tagged } from './layoutIndex.ts';
export { OciError, type OciErrorCode } from './ociError.ts';
export { formatReference, isTag, parseReference, type Reference } from './reference.ts';
export { type Challenge, parseChallenges } from './registry/challenge.ts';
export { type CopyOptions, type CopyResult, copyImage } from './registry/copy.ts';
export { type Concealed, type CredentialSource, type Credentials, conceal } from './registry/credentials.ts';
export { configDigests } from './registry/descend.ts';
export { type DiagnoseOptions, diagnoseRegistry, type Finding } from './registry/diagnose.ts';
export {
  type CredentialHelper,
  dockerCredentials,
  helperInput,
  helperOf,
  withCredentials,
} from './registry/dockerConfig.ts';
export { type ImageSource, imageInLayout, type LayerSource } from './registry/imageSource.ts';
export type { LayerMemory } from './registry/layerMemory.ts';
export type { Compression } from './registry/layerUpload.ts';
export { fetchImage, type PullOptions, type PullResult, pullImage, thisPlatform } from './registry/pull.ts';
export {
  type PushedLayer,
  type PushOptions,
  type PushProgress,
  type PushResult,
  pushImage,
  tagTaken,
} from './registry/push.ts';
export { Registry, type RegistryOptions } from './registry/registry.ts';
export { RegistryError, type RegistryErrorCode } from './registry/registryError.ts';
export {
  type RemovableImage,
  type RemoveTagsOptions,
  type RemoveTagsResult,
  removeTags,
} from './registry/removeTags.ts';
export type { Access, FetchedManifest, Repository } from './registry/repository.ts';
export { listTags } from './registry/tags.ts';
export { type UploadContent, Uploads } from './registry/uploads.ts';
export {
  arrangeEntries,
  type ContentEntry,
  type DirectoryEntry,
  type FileEntry,
  packTar,
  type SymlinkEntry,
  type TarEntry,
} from './tar.ts';
export * from './types.ts';
