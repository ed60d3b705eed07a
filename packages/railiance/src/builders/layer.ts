import type { Stats } from 'node:fs';

import type { TarEntry } from '../oci/index.ts';
import type { SourceFile } from './sourceFiles.ts';

/** One entry of a layer, with the state of the file that it comes from. */
export interface LayerPart {
  readonly entry: TarEntry;
  /** Absent where the content is made here. */
  readonly stat?: Stats;
}

/** Only whether a file can be run is kept of its mode: the rest depends on the umask of whoever made it. */
export function fileMode(stat: Stats): number {
  return stat.mode & 0o111 ? 0o755 : 0o644;
}

/** A file of this machine at a place in the image; paths in images have no leading slash here. */
export function partOf(file: SourceFile, imagePath: string): LayerPart {
  const { source, stat, target } = file;
  if (target !== undefined) return { entry: { type: 'symlink', path: imagePath, target }, stat };
  return {
    entry: { type: 'file', path: imagePath, source, sizeBytes: stat.size, mode: fileMode(stat) },
    stat,
  };
}

export function madeFile(path: string, text: string): LayerPart {
  return { entry: { type: 'content', path, mode: 0o644, content: Buffer.from(text) } };
}

export function madeLink(path: string, target: string): LayerPart {
  return { entry: { type: 'symlink', path, target } };
}

export function sizeOf(parts: readonly LayerPart[]): number {
  return parts.reduce((sum, { entry }) => sum + (entry.type === 'file' ? entry.sizeBytes : 0), 0);
}
