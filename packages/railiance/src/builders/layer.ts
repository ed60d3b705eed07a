import { digestOf, type TarEntry } from '../oci/index.ts';
import type { FileState, SourceFile, SourceFolder } from './sourceFiles.ts';

/** All files of a folder, at a place in the image. Paths in images have no leading slash here. */
export interface FolderPart {
  readonly folder: SourceFolder;
  readonly imagePath: string;
}

/** One file of this machine under a name of its own. */
export interface FilePart {
  readonly source: string;
  readonly imagePath: string;
  readonly mode: number;
  readonly state: FileState;
}

/** What is made here. */
export interface MadePart {
  readonly made: TarEntry;
}

/** What a layer is made of, described without reading a file or naming each: there may be many thousands. */
export type LayerPart = FolderPart | FilePart | MadePart;

/** Parts that take long to make: made only where a layer of what stands for them is not known. */
export interface MadeLater {
  /** A text that differs whenever the parts may. */
  readonly standsFor: string;
  make(): Promise<readonly LayerPart[]>;
}

export function madeFile(path: string, text: string): MadePart {
  return { made: { type: 'content', path, mode: 0o644, content: Buffer.from(text) } };
}

export function entriesOf(parts: readonly LayerPart[]): TarEntry[] {
  return parts.flatMap((part) => {
    if ('made' in part) return part.made;
    if ('folder' in part) return part.folder.files.map((file) => entryOf(part, file));
    const { source, imagePath, mode, state } = part;
    return { type: 'file', path: imagePath, source, mode, sizeBytes: state.sizeBytes };
  });
}

function entryOf({ folder, imagePath }: FolderPart, { path, sizeBytes, executable, target }: SourceFile): TarEntry {
  const place = `${imagePath}/${path}`;
  if (target !== undefined) return { type: 'symlink', path: place, target };
  // Only whether a file can be run is kept of its mode: the rest depends on the umask of whoever made it.
  const mode = executable ? 0o755 : 0o644;
  return { type: 'file', path: place, source: `${folder.directory}/${path}`, sizeBytes, mode };
}

/**
 * A text that differs whenever the layer may: what git and jib go by too, which is path, place, size, mode, change time
 * and inode. No content is read.
 */
export function stateOf(parts: readonly LayerPart[]): string {
  return parts.map(stateOfPart).join('\0\0\0');
}

function stateOfPart(part: LayerPart): string {
  // A NUL is in no path: no two lists of parts read the same.
  if ('made' in part) {
    const { made } = part;
    const content = made.type === 'content' ? { ...made, content: digestOf(made.content) } : made;
    return `made\0${JSON.stringify(content)}`;
  }
  if (!('folder' in part)) return `file\0${part.imagePath}\0${part.source}\0${part.mode}\0${fields(part.state)}`;
  const { folder, imagePath } = part;
  const lines = folder.files.map((file) => `${file.path}\0${file.target ?? ''}\0${fields(file)}`);
  return `folder\0${imagePath}\0${folder.directory}\0\0${lines.join('\0\0')}`;
}

function fields({ sizeBytes, executable, changedMs, inode }: FileState): string {
  return `${sizeBytes} ${executable} ${changedMs} ${inode}`;
}

/** Change time of the youngest file, in milliseconds since the epoch. */
export function newestChange(parts: readonly LayerPart[]): number {
  let newest = 0;
  for (const { changedMs } of statesOf(parts)) if (changedMs > newest) newest = changedMs;
  return newest;
}

export function sizeOf(parts: readonly LayerPart[]): number {
  let total = 0;
  for (const { sizeBytes } of statesOf(parts)) total += sizeBytes;
  return total;
}

function statesOf(parts: readonly LayerPart[]): readonly FileState[] {
  return parts.flatMap((part): readonly FileState[] => {
    if ('made' in part) return [];
    return 'folder' in part ? part.folder.files : [part.state];
  });
}
