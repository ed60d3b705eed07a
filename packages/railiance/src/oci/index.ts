export { type ImportOptions, importArchive } from './archive/importArchive.ts';
export type { BlobContent, Expected } from './blobs.ts';
export type { Collected } from './collect.ts';
export { digestHex, digestOf, isDigest, type Measured, measure, parseDigest } from './digest.ts';
export { parseConfig, parseIndex, parseManifest } from './documents.ts';
export { type CollectOptions, type Layout, openLayout } from './layout.ts';
export type { Tagged } from './layoutIndex.ts';
export { OciError, type OciErrorCode } from './ociError.ts';
export { formatReference, isTag, parseReference, type Reference } from './reference.ts';
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
