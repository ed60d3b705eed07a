import { createReadStream, createWriteStream } from 'node:fs';
import { type FileHandle, open, rm, stat } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';

import { type ByteReader, readFileBytes } from '../compress/byteReader.ts';
import { maxDocumentBytes } from '../documents.ts';
import { OciError, quoted } from '../ociError.ts';
import { limited } from './decompress.ts';
import { type ArchiveEntry, readTarIndex } from './tarReader.ts';

/** A tar archive whose files can be read in any order. */
export interface Archive {
  /** For messages. */
  readonly name: string;
  has(path: string): boolean;
  /** @throws OciError `missing` */
  sizeOf(path: string): number;
  /** A small file. @throws OciError `missing` or `too-large` */
  read(path: string): Promise<Buffer>;
  /** @throws OciError `missing` */
  stream(path: string): AsyncIterable<Uint8Array>;
  /** @throws OciError `missing` */
  open(path: string): Promise<ByteReader>;
  close(): Promise<void>;
}

const maxLinks = 8;
const maxArchiveBytes = 64 * 1024 ** 3;

/**
 * Opens an archive, which may be gzipped: then it is unpacked first to `spoolFile`, which goes when it is closed.
 * @throws OciError where it is no tar archive, damaged, or hostile
 */
export async function openArchive(file: string, spoolFile: string): Promise<Archive> {
  // Looked at first: to open a pipe would wait for somebody to write to it.
  const found = await stat(file).catch((error: NodeJS.ErrnoException) => {
    const problem = error.code === 'ENOENT' ? 'there is no such file' : error.message;
    throw new OciError('missing', `archive ${file}: ${problem}`, error);
  });
  if (!found.isFile()) throw new OciError('invalid', `archive ${file}: it is not a file`);
  const original = await open(file, 'r');
  if (!(await isGzip(original))) return indexed(original, { name: file, file, onClose: async () => undefined });
  await original.close();
  const removeSpool = () => rm(spoolFile, { force: true });
  try {
    await gunzip(file, spoolFile);
    return await indexed(await open(spoolFile, 'r'), { name: file, file: spoolFile, onClose: removeSpool });
  } catch (error) {
    await removeSpool();
    throw error;
  }
}

async function isGzip(file: FileHandle): Promise<boolean> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(2), 0, 2, 0);
  return bytesRead === 2 && buffer.readUInt16BE(0) === 0x1f8b;
}

async function gunzip(file: string, spoolFile: string): Promise<void> {
  try {
    const unpacked = limited(createReadStream(file).pipe(createGunzip()), maxArchiveBytes, `archive ${file}`);
    await pipeline(unpacked, createWriteStream(spoolFile, { flags: 'wx' }));
  } catch (error) {
    if (error instanceof OciError || (error as NodeJS.ErrnoException).syscall !== undefined) throw error;
    throw new OciError('invalid', `archive ${file}: damaged gzip`, error);
  }
}

interface Opened {
  /** As the person named it. */
  readonly name: string;
  readonly file: string;
  readonly onClose: () => Promise<void>;
}

async function indexed(handle: FileHandle, { name, file, onClose }: Opened): Promise<Archive> {
  const close = async () => {
    await handle.close();
    await onClose();
  };
  let entries: ReadonlyMap<string, ArchiveEntry>;
  try {
    entries = await readTarIndex(handle, name);
  } catch (error) {
    await close();
    throw error;
  }
  const find = (path: string): ArchiveEntry => {
    let at = path;
    for (let links = 0; links <= maxLinks; links++) {
      const entry = entries.get(at);
      if (entry?.type === 'file') return entry;
      if (entry?.target === undefined) break;
      at = entry.target;
    }
    throw new OciError('missing', `archive ${name}: there is no file ${quoted(path)}`);
  };
  return {
    name,
    has: (path) => entries.has(path),
    sizeOf: (path) => find(path).sizeBytes,
    read: async (path) => {
      const entry = find(path);
      if (entry.sizeBytes > maxDocumentBytes) {
        throw new OciError('too-large', `archive ${name}: ${quoted(path)} has ${entry.sizeBytes} bytes`);
      }
      return Buffer.concat(await Readable.from(bodyOf(handle, entry)).toArray());
    },
    stream: (path) => bodyOf(handle, find(path)),
    open: async (path) => readFileBytes(file, find(path)),
    close,
  };
}

async function* bodyOf(handle: FileHandle, { offset, sizeBytes }: ArchiveEntry): AsyncGenerator<Uint8Array> {
  const chunkBytes = 1024 * 1024;
  for (let done = 0; done < sizeBytes; ) {
    const length = Math.min(chunkBytes, sizeBytes - done);
    const { buffer, bytesRead } = await handle.read(Buffer.allocUnsafe(length), 0, length, offset + done);
    if (bytesRead === 0) throw new OciError('invalid', 'the archive was cut short while it was read');
    yield buffer.subarray(0, bytesRead);
    done += bytesRead;
  }
}
