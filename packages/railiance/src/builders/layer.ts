import type { TarEntry } from '../oci/index.ts';
import type { FileState, SourceFile } from './sourceFiles.ts';

/** One entry of a layer, with the state of the file that it comes from. */
export interface LayerPart {
  readonly entry: TarEntry;
  /** Absent where the content is made here. */
  readonly state?: FileState;
}

export function fileMode({ executable }: FileState): number {
  return executable ? 0o755 : 0o644;
}

/** A file of this machine at a place in the image; paths in images have no leading slash here. */
export function partOf({ source, state, target }: SourceFile, imagePath: string): LayerPart {
  if (target !== undefined) return { entry: { type: 'symlink', path: imagePath, target }, state };
  const { sizeBytes } = state;
  return { entry: { type: 'file', path: imagePath, source, sizeBytes, mode: fileMode(state) }, state };
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
