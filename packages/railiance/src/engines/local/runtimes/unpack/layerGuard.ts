import type { TarHeader } from 'modern-tar';

import { exitCodes, Failure } from '../../../../domain/failure.ts';

/** What one entry of a layer asks for, found harmless. */
export type LayerEntry =
  | { readonly kind: 'directory'; readonly path: string; readonly mode: number }
  | { readonly kind: 'file'; readonly path: string; readonly mode: number; readonly modified: Date }
  | { readonly kind: 'symlink' | 'hardlink'; readonly path: string; readonly target: string }
  /** The path is gone in this layer; opaque: only what lower layers have below it. */
  | { readonly kind: 'whiteout'; readonly path: string }
  | { readonly kind: 'opaque'; readonly path: string }
  | { readonly kind: 'ignored'; readonly path: string };

export interface LayerLimits {
  readonly entries: number;
  readonly sizeBytes: number;
}

export const defaultLimits: LayerLimits = { entries: 500_000, sizeBytes: 32 * 1024 ** 3 };
const whiteoutPrefix = '.wh.';
const longestPath = 4096;
const longestPart = 255;

/**
 * Reads the entries of one layer in their order, and refuses the layer at the first that could reach outside it, or is
 * not what an image needs. Every parent of an entry is a directory of this very layer: a path never leads through a link.
 * https://github.com/opencontainers/image-spec/blob/main/layer.md
 */
export class LayerGuard {
  readonly #kinds = new Map<string, LayerEntry['kind']>();
  readonly #implicit = new Set<string>();
  readonly #limits: LayerLimits;
  #entries = 0;
  #sizeBytes = 0;

  constructor(limits: LayerLimits = defaultLimits) {
    this.#limits = limits;
  }

  /** @throws Failure (exit code 2) naming the entry and what is wrong with it */
  check(header: TarHeader): LayerEntry {
    this.#count(header);
    const path = this.#path(header.name, header.name);
    const name = path.slice(path.lastIndexOf('/') + 1);
    const entry = name.startsWith(whiteoutPrefix) ? whiteout(path, name, header) : this.#entry(path, header);
    const before = this.#kinds.get(path);
    if (before !== undefined && !(before === 'directory' && entry.kind === 'directory')) {
      throw refused(header.name, 'the path is there twice');
    }
    this.#claimParents(path, header.name);
    this.#kinds.set(path, entry.kind);
    this.#implicit.delete(path);
    return entry;
  }

  /** Directories that only the paths of other entries speak of. */
  get implicitDirectories(): readonly string[] {
    return [...this.#implicit];
  }

  #count(header: TarHeader): void {
    this.#entries += 1;
    this.#sizeBytes += header.size;
    const { entries, sizeBytes } = this.#limits;
    if (this.#entries > entries) throw refused(header.name, `the layer has more than ${entries} entries`);
    if (!(this.#sizeBytes <= sizeBytes)) throw refused(header.name, `the layer holds more than ${sizeBytes} bytes`);
  }

  #entry(path: string, header: TarHeader): LayerEntry {
    if (Object.keys(header.pax ?? {}).some((key) => key.startsWith('GNU.sparse'))) {
      throw refused(header.name, 'sparse files are not taken');
    }
    if (path === '' && header.type !== 'directory') throw refused(header.name, 'the root is no directory');
    const mode = (header.mode ?? 0o755) & 0o777;
    switch (header.type) {
      case 'directory':
        return { kind: 'directory', path, mode };
      case 'file':
        return { kind: 'file', path, mode, modified: header.mtime ?? new Date(0) };
      case 'symlink':
        return { kind: 'symlink', path, target: linkTarget(header) };
      case 'link': {
        const target = this.#path(linkTarget(header), header.name);
        if (this.#kinds.get(target) !== 'file') {
          throw refused(header.name, 'its hard link leads to no earlier file of the layer');
        }
        return { kind: 'hardlink', path, target };
      }
      default:
        throw refused(header.name, `an image holds no ${header.type}`);
    }
  }

  #path(text: string, name: string): string {
    if (text.startsWith('/')) throw refused(name, 'the path is absolute');
    if (text.includes('\0')) throw refused(name, 'the path holds a NUL character');
    if (Buffer.byteLength(text) > longestPath) throw refused(name, 'the path is too long');
    const parts = text.split('/').filter((part) => part !== '' && part !== '.');
    if (parts.includes('..')) throw refused(name, 'the path leads outside');
    if (parts.some((part) => Buffer.byteLength(part) > longestPart)) throw refused(name, 'a name is too long');
    return parts.join('/');
  }

  #claimParents(path: string, name: string): void {
    for (let slash = path.lastIndexOf('/'); slash > 0; slash = path.lastIndexOf('/', slash - 1)) {
      const parent = path.slice(0, slash);
      const kind = this.#kinds.get(parent);
      if (kind === 'directory') return;
      if (kind !== undefined) throw refused(name, 'the path leads through something that is no directory');
      this.#kinds.set(parent, 'directory');
      this.#implicit.add(parent);
    }
  }
}

function whiteout(path: string, name: string, header: TarHeader): LayerEntry {
  const parent = path.slice(0, path.length - name.length);
  if (header.type !== 'file') throw refused(header.name, 'a whiteout is an empty file');
  if (name === '.wh..wh..opq') return { kind: 'opaque', path: parent.slice(0, -1) };
  if (name.startsWith('.wh..wh.')) return { kind: 'ignored', path };
  const gone = name.slice(whiteoutPrefix.length);
  if (gone === '' || gone === '.' || gone === '..') throw refused(header.name, 'it removes no name');
  return { kind: 'whiteout', path: parent + gone };
}

function linkTarget(header: TarHeader): string {
  const target = header.linkname ?? '';
  if (target === '' || target.includes('\0') || Buffer.byteLength(target) > longestPath) {
    throw refused(header.name, 'its link leads nowhere');
  }
  return target;
}

function refused(name: string, why: string): Failure {
  return new Failure('unpack the image', `entry ${JSON.stringify(name.slice(0, 200))} is refused: ${why}`, {
    hint: 'nothing of the layer was written; build the image again from a source you trust',
    exitCode: exitCodes.invalidInput,
  });
}
