import { createHash, randomUUID } from 'node:crypto';

import type { Digest } from '../../oci/types.ts';

export interface StoredManifest {
  readonly bytes: Buffer;
  readonly mediaType: string;
}

interface StoredRepository {
  readonly blobs: Map<string, Buffer>;
  readonly manifests: Map<string, StoredManifest>;
  readonly tags: Map<string, Digest>;
}

/** An upload that has begun, in the pieces it came in. */
export class Upload {
  size = 0;
  readonly #pieces: Buffer[] = [];

  add(piece: Buffer): void {
    this.#pieces.push(piece);
    this.size += piece.length;
  }

  content(): Buffer {
    return Buffer.concat(this.#pieces);
  }
}

/** What a registry holds; tests look into it and damage it. */
export class MemoryStore {
  readonly repositories = new Map<string, StoredRepository>();
  readonly uploads = new Map<string, Upload>();

  repository(name: string): StoredRepository {
    const known = this.repositories.get(name);
    if (known) return known;
    const made: StoredRepository = { blobs: new Map(), manifests: new Map(), tags: new Map() };
    this.repositories.set(name, made);
    return made;
  }

  begin(): string {
    const id = randomUUID();
    this.uploads.set(id, new Upload());
    return id;
  }

  /** Digest of a tag, or the digest itself. */
  resolve(name: string, reference: string): string | undefined {
    return reference.startsWith('sha256:') ? reference : this.repository(name).tags.get(reference);
  }
}

export function sha256(bytes: Buffer): Digest {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}
