import { randomBytes } from 'node:crypto';
import { createReadStream, mkdirSync, readFileSync, statSync } from 'node:fs';
import { open, rename, rm, utimes } from 'node:fs/promises';
import { join } from 'node:path';

import { syncFolder } from '../files/durableFile.ts';
import { digestHex, digestOf, type Measured, Meter } from './digest.ts';
import { maxDocumentBytes } from './documents.ts';
import { OciError } from './ociError.ts';
import type { Digest } from './types.ts';

export type BlobContent = Uint8Array | AsyncIterable<Uint8Array> | Iterable<Uint8Array>;

/** What a caller knows of a blob before it is stored; content that differs is refused and nothing is kept. */
export interface Expected {
  readonly digest?: Digest;
  readonly size?: number;
}

/**
 * Content-addressed files under `blobs/sha256/`. A blob is there whole, synced and checked, or not at all. Small ones are
 * read without Node's thread pool, which takes longer than they do.
 */
export class Blobs {
  readonly folder: string;
  /** Blobs being written; same file system as `folder`, so that a rename publishes them. */
  readonly ingest: string;

  constructor(layoutDirectory: string) {
    this.folder = join(layoutDirectory, 'blobs', 'sha256');
    this.ingest = join(layoutDirectory, '.ingest');
  }

  prepare(): void {
    mkdirSync(this.folder, { recursive: true });
    mkdirSync(this.ingest, { recursive: true });
  }

  path(digest: Digest): string {
    return join(this.folder, digestHex(digest));
  }

  /** Size in bytes, or undefined where the blob is not there. */
  async size(digest: Digest): Promise<number | undefined> {
    return statSync(this.path(digest), { throwIfNoEntry: false })?.size;
  }

  /** Also marks the blob as just used, so that a clean-up that runs meanwhile leaves it alone. */
  async has(digest: Digest, size?: number): Promise<boolean> {
    const found = await this.size(digest);
    if (found === undefined || (size !== undefined && size !== found)) return false;
    const now = new Date();
    try {
      await utimes(this.path(digest), now, now);
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
      throw error;
    }
  }

  /** @throws OciError `mismatch` where the content is not the expected one */
  async put(content: BlobContent, expected: Expected = {}): Promise<Measured> {
    const temporary = join(this.ingest, `${process.pid}-${randomBytes(8).toString('hex')}`);
    try {
      const measured = await writeMeasured(temporary, content, expected);
      if (expected.digest !== undefined && expected.digest !== measured.digest) {
        throw new OciError('mismatch', `blob ${expected.digest}: the content is ${measured.digest}`);
      }
      // Always over what is there: storing a blob again is the cure for a damaged one.
      await rename(temporary, this.path(measured.digest));
      await syncFolder(this.folder);
      return measured;
    } catch (error) {
      await rm(temporary, { force: true });
      throw error;
    }
  }

  /** A small blob, checked. @throws OciError `missing`, `mismatch` or `too-large` */
  async read(digest: Digest, limitBytes = maxDocumentBytes): Promise<Buffer> {
    const size = await this.size(digest);
    if (size === undefined) throw this.missing(digest);
    if (size > limitBytes) {
      throw new OciError('too-large', `blob ${this.path(digest)}: ${size} bytes, limit ${limitBytes}`);
    }
    const bytes = readFileSync(this.path(digest));
    if (digestOf(bytes) !== digest) throw this.damaged(digest, digestOf(bytes));
    return bytes;
  }

  /** A blob of any size; the last step throws OciError `mismatch` where what was read is not the blob. */
  async *stream(digest: Digest): AsyncGenerator<Uint8Array, void, undefined> {
    if ((await this.size(digest)) === undefined) throw this.missing(digest);
    const meter = new Meter();
    for await (const chunk of createReadStream(this.path(digest), { highWaterMark: 1024 * 1024 })) {
      meter.add(chunk);
      yield chunk;
    }
    const found = meter.finish().digest;
    if (found !== digest) throw this.damaged(digest, found);
  }

  missing(digest: Digest): OciError {
    return new OciError('missing', `blob ${digest}: not in ${this.folder}`);
  }

  private damaged(digest: Digest, found: Digest): OciError {
    return new OciError('mismatch', `blob ${this.path(digest)}: damaged, its content is ${found}`);
  }
}

async function writeMeasured(file: string, content: BlobContent, { digest, size }: Expected): Promise<Measured> {
  const meter = new Meter();
  const handle = await open(file, 'wx', 0o644);
  try {
    for await (const chunk of content instanceof Uint8Array ? [content] : content) {
      meter.add(chunk);
      if (size !== undefined && meter.size > size) break;
      await handle.writeFile(chunk);
    }
    if (size !== undefined && meter.size !== size) {
      const found = meter.size > size ? 'more' : `${meter.size}`;
      throw new OciError('mismatch', `blob ${digest ?? ''}: not the ${size} bytes that were expected, but ${found}`);
    }
    await handle.sync();
  } finally {
    await handle.close();
  }
  return meter.finish();
}
