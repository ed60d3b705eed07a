import { constants, lstatSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';

import { readChunks } from '../compress/byteReader.ts';
import { maxDocumentBytes } from '../documents.ts';
import { OciError, quoted } from '../ociError.ts';
import type { Archive } from './archive.ts';

/** A folder with an OCI layout, read as a tar of it is. Links in it are no files. */
export function openFolder(directory: string): Archive {
  const stat = (path: string) => lstatSync(join(directory, path), { throwIfNoEntry: false });
  const sizeOf = (path: string): number => {
    const found = stat(path);
    if (found?.isFile()) return found.size;
    throw new OciError('missing', `folder ${directory}: there is no file ${quoted(path)}`);
  };
  return {
    name: directory,
    has: (path) => stat(path)?.isFile() ?? false,
    sizeOf,
    read: async (path) => {
      const sizeBytes = sizeOf(path);
      if (sizeBytes <= maxDocumentBytes) {
        return Buffer.concat(await Readable.from(streamOf(join(directory, path), sizeBytes)).toArray());
      }
      throw new OciError('too-large', `folder ${directory}: ${quoted(path)} has ${sizeBytes} bytes`);
    },
    stream: (path) => streamOf(join(directory, path), sizeOf(path)),
    open: async (path) => readChunks(streamOf(join(directory, path), sizeOf(path))),
    close: async () => {},
  };
}

/** A link or a pipe that took the file's place after the look at it is neither followed nor waited for. */
async function* streamOf(file: string, sizeBytes: number): AsyncGenerator<Uint8Array> {
  await using handle = await open(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  let doneBytes = 0;
  for await (const chunk of handle.createReadStream({ highWaterMark: 1024 * 1024, autoClose: false })) {
    doneBytes += chunk.length;
    if (doneBytes > sizeBytes) throw new OciError('mismatch', `${file}: it grew while it was read`);
    yield chunk;
  }
}
