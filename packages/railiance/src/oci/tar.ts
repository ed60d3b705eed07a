import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';

import { OciError, quoted } from './ociError.ts';
import { blockBytes, encodeTarHeader, paddingOf } from './tarHeader.ts';

interface Owned {
  /** Path in the image, without a leading slash. */
  readonly path: string;
  /** Both 0 unless given. */
  readonly uid?: number;
  readonly gid?: number;
}

export interface DirectoryEntry extends Owned {
  readonly type: 'directory';
  readonly mode: number;
}

export interface SymlinkEntry extends Owned {
  readonly type: 'symlink';
  readonly target: string;
}

/** A file of this machine. Its size is checked again when it is read. */
export interface FileEntry extends Owned {
  readonly type: 'file';
  readonly mode: number;
  readonly source: string;
  readonly sizeBytes: number;
}

export interface ContentEntry extends Owned {
  readonly type: 'content';
  readonly mode: number;
  readonly content: Uint8Array;
}

export type TarEntry = DirectoryEntry | SymlinkEntry | FileEntry | ContentEntry;

const chunkBytes = 1024 * 1024;

/**
 * Entries in the order in which a layer holds them: sorted by path, every folder before what is in it, folders that only
 * are implied added with mode 755.
 * @throws OciError `invalid` for a path that leaves the root or is there twice
 */
export function arrangeEntries(entries: Iterable<TarEntry>): TarEntry[] {
  const byPath = new Map<string, TarEntry>();
  for (const entry of entries) {
    if (!isInnerPath(entry.path))
      throw new OciError('invalid', `tar entry ${quoted(entry.path)}: not a path in an image`);
    if (byPath.has(entry.path)) throw new OciError('invalid', `tar entry ${quoted(entry.path)}: there twice`);
    byPath.set(entry.path, entry);
  }
  for (const { path } of [...byPath.values()]) addParents(path, byPath);
  // By code units: no locale, and a folder sorts before its content.
  return [...byPath.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
}

function addParents(path: string, byPath: Map<string, TarEntry>): void {
  for (let slash = path.lastIndexOf('/'); slash > 0; slash = path.lastIndexOf('/', slash - 1)) {
    const parent = path.slice(0, slash);
    const existing = byPath.get(parent);
    if (existing === undefined) byPath.set(parent, { type: 'directory', path: parent, mode: 0o755 });
    else if (existing.type === 'directory') return;
    else throw new OciError('invalid', `tar entry ${quoted(path)}: ${quoted(parent)} is not a directory`);
  }
}

function isInnerPath(path: string): boolean {
  return !path.includes('\0') && path.split('/').every((part) => part !== '' && part !== '.' && part !== '..');
}

/**
 * An uncompressed layer, the same bytes for the same entries on any machine: no times, no owners but the given, no hard
 * links. One chunk of 1 MiB is in memory at a time. Files are read synchronously, which for many small ones is several
 * times faster; whoever writes the chunks gives other work its turn between them.
 * @throws OciError `mismatch` where a file is not what its entry says any more
 */
export function* packTar(entries: Iterable<TarEntry>): Generator<Uint8Array, void, undefined> {
  const chunk = new Chunk();
  for (const entry of arrangeEntries(entries)) {
    yield* chunk.write(headerOf(entry));
    if (entry.type === 'content') yield* chunk.write(padded(entry.content));
    else if (entry.type === 'file' && entry.sizeBytes > 0) yield* writeFile(chunk, entry);
  }
  yield* chunk.write(Buffer.alloc(2 * blockBytes));
  if (chunk.used > 0) yield chunk.take();
}

function headerOf(entry: TarEntry): Buffer {
  const owned = { path: entry.path, uid: entry.uid ?? 0, gid: entry.gid ?? 0 };
  switch (entry.type) {
    case 'directory':
      return encodeTarHeader({ ...owned, type: 'directory', mode: entry.mode, sizeBytes: 0 });
    case 'symlink':
      return encodeTarHeader({ ...owned, type: 'symlink', mode: 0o777, sizeBytes: 0, target: entry.target });
    case 'file':
      return encodeTarHeader({ ...owned, type: 'file', mode: entry.mode, sizeBytes: entry.sizeBytes });
    case 'content':
      return encodeTarHeader({ ...owned, type: 'file', mode: entry.mode, sizeBytes: entry.content.length });
  }
}

function padded(content: Uint8Array): Buffer {
  return Buffer.concat([content, Buffer.alloc(paddingOf(content.length))]);
}

function* writeFile(chunk: Chunk, { source, sizeBytes }: FileEntry): Generator<Uint8Array, void, undefined> {
  const changed = () => new OciError('mismatch', `pack ${source}: it changed while it was read`);
  // Without O_NONBLOCK, a named pipe that took the file's place would never open.
  const file = openSync(source, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const stat = fstatSync(file);
    if (!stat.isFile() || stat.size !== sizeBytes) throw changed();
    for (let left = sizeBytes; left > 0; ) {
      const room = chunk.room(left);
      const bytes = readSync(file, room, 0, room.length, null);
      if (bytes === 0) throw changed();
      left -= bytes;
      yield* chunk.advance(bytes);
    }
  } finally {
    closeSync(file);
  }
  yield* chunk.write(Buffer.alloc(paddingOf(sizeBytes)));
}

/** Collects small pieces into chunks of one size. Each chunk is a new buffer: the receiver may keep it. */
class Chunk {
  used = 0;
  #buffer = Buffer.allocUnsafe(chunkBytes);

  /** Free space to read into, `most` bytes of it at most. */
  room(most: number): Buffer {
    return this.#buffer.subarray(this.used, Math.min(chunkBytes, this.used + most));
  }

  *advance(bytes: number): Generator<Uint8Array, void, undefined> {
    this.used += bytes;
    if (this.used === chunkBytes) yield this.take();
  }

  *write(bytes: Uint8Array): Generator<Uint8Array, void, undefined> {
    for (let done = 0; done < bytes.length; ) {
      const part = bytes.subarray(done, done + chunkBytes - this.used);
      this.#buffer.set(part, this.used);
      done += part.length;
      yield* this.advance(part.length);
    }
  }

  take(): Buffer {
    const full = this.#buffer.subarray(0, this.used);
    this.#buffer = Buffer.allocUnsafe(chunkBytes);
    this.used = 0;
    return full;
  }
}
