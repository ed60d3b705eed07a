import { digestOf, type TarEntry } from '../oci/index.ts';
import type { KnownFolder } from './folderStates/folderState.ts';
import type { FileState, SourceFile, SourceFolder } from './sourceFiles.ts';

/** All files of a folder, at a place in the image. Paths in images have no leading slash here. */
export interface FolderPart {
  readonly folder: KnownFolder;
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
    if ('folder' in part) return folderEntries({ ...part.folder, files: part.folder.files() }, part.imagePath);
    const { source, imagePath, mode, state } = part;
    return { type: 'file', path: imagePath, source, mode, sizeBytes: state.sizeBytes };
  });
}

/** The files of a folder at a place in the image. */
export function folderEntries({ directory, files }: SourceFolder, imagePath: string): TarEntry[] {
  return files.map((file) => entryOf(`${directory}/${file.path}`, `${imagePath}/${file.path}`, file));
}

function entryOf(source: string, path: string, { sizeBytes, executable, target }: SourceFile): TarEntry {
  if (target !== undefined) return { type: 'symlink', path, target };
  // Only whether a file can be run is kept of its mode: the rest depends on the umask of whoever made it.
  return { type: 'file', path, source, sizeBytes, mode: executable ? 0o755 : 0o644 };
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
  return `folder\0${part.imagePath}\0${part.folder.directory}\0${part.folder.state.digest}`;
}

function fields({ sizeBytes, executable, changedMs, inode }: FileState): string {
  return `${sizeBytes} ${executable} ${changedMs} ${inode}`;
}

/** Change time of the youngest file, in milliseconds since the epoch. */
export function newestChange(parts: readonly LayerPart[]): number {
  return Math.max(0, ...parts.map((part) => stateOfFiles(part)?.newestMs ?? 0));
}

export function sizeOf(parts: readonly LayerPart[]): number {
  return parts.reduce((sum, part) => sum + (stateOfFiles(part)?.sizeBytes ?? 0), 0);
}

function stateOfFiles(part: LayerPart): { readonly newestMs: number; readonly sizeBytes: number } | undefined {
  if ('made' in part) return undefined;
  return 'folder' in part ? part.folder.state : { newestMs: part.state.changedMs, sizeBytes: part.state.sizeBytes };
}
