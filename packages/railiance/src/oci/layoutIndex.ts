import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';

import { replaceDurably } from '../files/durableFile.ts';
import { parseIndex } from './documents.ts';
import { withLock } from './fileLock.ts';
import { OciError, quoted } from './ociError.ts';
import { type Descriptor, type Index, mediaTypes } from './types.ts';

/** https://github.com/opencontainers/image-spec/blob/main/annotations.md#pre-defined-annotation-keys */
const refName = 'org.opencontainers.image.ref.name';
/** Other tools, of other users, read a layout as well. */
export const readable = { mode: 0o644 } as const;
const maxIndexBytes = 32 * 1024 * 1024;

// https://github.com/opencontainers/image-spec/blob/main/annotations.md: the grammar of a ref name
const namePattern = /^[A-Za-z0-9]+(?:(?:[-._:@+]|--)[A-Za-z0-9]+)*(?:\/[A-Za-z0-9]+(?:(?:[-._:@+]|--)[A-Za-z0-9]+)*)*$/;
const maxNameLength = 256;

/** One tagged image of a layout. */
export interface Tagged {
  readonly name: string;
  readonly descriptor: Descriptor;
}

export function assertRefName(name: string): void {
  if (name.length <= maxNameLength && namePattern.test(name)) return;
  throw new OciError('invalid', `${quoted(name)} cannot name an image in a layout`);
}

export function nameOf(descriptor: Descriptor): string | undefined {
  return descriptor.annotations?.[refName];
}

export function named(name: string, descriptor: Descriptor): Descriptor {
  return { ...descriptor, annotations: { ...descriptor.annotations, [refName]: name } };
}

/** `index.json` of a layout: read at any time, changed by one process at a time. */
export class LayoutIndex {
  readonly file: string;
  readonly #lock: string;

  constructor(layoutDirectory: string) {
    this.file = join(layoutDirectory, 'index.json');
    this.#lock = join(layoutDirectory, '.lock');
  }

  /** @throws OciError naming the file where it is missing, damaged or too large */
  async read(): Promise<Index> {
    try {
      const { size } = await stat(this.file);
      if (size > maxIndexBytes) throw new OciError('too-large', `${this.file}: ${size} bytes, limit ${maxIndexBytes}`);
      return parseIndex(await readFile(this.file), this.file, maxIndexBytes);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      throw new OciError('missing', `${this.file}: not there, though this is an image layout`, error);
    }
  }

  /** `change` gets the entries and returns the new ones; the same list back writes nothing. */
  async update(change: (entries: readonly Descriptor[]) => Promise<readonly Descriptor[]>): Promise<void> {
    await this.exclusively(async () => {
      const index = await this.read();
      const manifests = await change(index.manifests);
      if (manifests === index.manifests) return;
      const next: Index = { ...index, schemaVersion: 2, mediaType: index.mediaType ?? mediaTypes.index, manifests };
      await replaceDurably(this.file, JSON.stringify(next), readable);
    });
  }

  exclusively<T>(work: () => Promise<T>): Promise<T> {
    return withLock(this.#lock, work);
  }
}
