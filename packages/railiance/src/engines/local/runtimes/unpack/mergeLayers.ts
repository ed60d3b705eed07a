import {
  chmodSync,
  constants,
  copyFileSync,
  lchownSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readlinkSync,
  rmSync,
  type Stats,
  symlinkSync,
  utimesSync,
} from 'node:fs';
import { copyFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';

import type { LayerContent } from './extractLayer.ts';
import { resolveInRoot } from './imagePath.ts';

export interface UnpackedLayer extends LayerContent {
  readonly directory: string;
}

/** Larger files are copied by another thread, for other work goes on meanwhile. */
const largeFileBytes = 256 * 1024;

/**
 * True where the layers, stacked by overlayfs, look as they would when applied one after the other: none takes anything
 * away, and none enters a directory of a lower layer without describing it.
 */
export function canBeStacked(layers: readonly UnpackedLayer[]): boolean {
  return layers.every(({ whiteouts, opaque, implicit }, level) => {
    if (whiteouts.length > 0 || opaque.length > 0) return false;
    return implicit.every((path) =>
      layers.slice(0, level).every((lower) => isPlainOrAbsent(join(lower.directory, path))),
    );
  });
}

function isPlainOrAbsent(path: string): boolean {
  const stat = lstatSync(path, { throwIfNoEntry: false });
  return stat === undefined || (stat.isDirectory() && (stat.mode & 0o7777) === 0o755);
}

/**
 * Applies layers, the lowest first, to an empty folder. `link` shares the files with the layers and is only for folders
 * that nobody writes to; `copy` shares blocks where the file system can.
 */
export async function mergeLayers(
  layers: readonly UnpackedLayer[],
  root: string,
  files: 'link' | 'copy',
): Promise<void> {
  const merge = new Merge(root, files);
  for (const layer of layers) await merge.apply(layer);
}

class Merge {
  readonly #root: string;
  readonly #files: 'link' | 'copy';
  #sinceTurn = 0;

  constructor(root: string, files: 'link' | 'copy') {
    this.#root = root;
    this.#files = files;
  }

  async apply({ directory, whiteouts, opaque, implicit }: UnpackedLayer): Promise<void> {
    for (const path of opaque) {
      const target = this.#place(path);
      const stat = lstatSync(target, { throwIfNoEntry: false });
      if (!stat?.isDirectory()) continue;
      for (const name of readdirSync(target)) rmSync(join(target, name), { recursive: true });
    }
    for (const path of whiteouts) rmSync(this.#place(path), { recursive: true, force: true });
    await this.#directory(directory, '', new Set(implicit));
  }

  /** Parents may be links of a lower layer, which lead where they would inside the image. */
  #place(path: string): string {
    if (path === '') return this.#root;
    return join(resolveInRoot(this.#root, dirname(path)), path.slice(path.lastIndexOf('/') + 1));
  }

  async #directory(layer: string, path: string, implicit: ReadonlySet<string>): Promise<void> {
    const stat = lstatSync(join(layer, path));
    const target = implicit.has(path) ? resolveInRoot(this.#root, path) : this.#place(path);
    const existing = lstatSync(target, { throwIfNoEntry: false });
    if (existing !== undefined && !existing.isDirectory()) rmSync(target);
    if (!existing?.isDirectory()) mkdirSync(target);
    if (!implicit.has(path) || !existing?.isDirectory()) own(target, stat);
    for (const entry of readdirSync(join(layer, path), { withFileTypes: true })) {
      const inner = join(path, entry.name);
      if (entry.isDirectory()) await this.#directory(layer, inner, implicit);
      else await this.#leaf(join(layer, inner), join(target, entry.name));
      this.#sinceTurn += 1;
      if (this.#sinceTurn % 32 === 0) await turn();
    }
  }

  async #leaf(source: string, target: string): Promise<void> {
    rmSync(target, { recursive: true, force: true });
    const stat = lstatSync(source);
    if (stat.isSymbolicLink()) {
      symlinkSync(readlinkSync(source), target);
      if (process.getuid?.() === 0) lchownSync(target, stat.uid, stat.gid);
    } else if (this.#files === 'link') linkSync(source, target);
    else {
      if (stat.size > largeFileBytes) await copyFile(source, target, constants.COPYFILE_FICLONE);
      else copyFileSync(source, target, constants.COPYFILE_FICLONE);
      own(target, stat);
      utimesSync(target, stat.atime, stat.mtime);
    }
  }
}

function own(target: string, stat: Stats): void {
  chmodSync(target, stat.mode & 0o777);
  if (process.getuid?.() === 0) lchownSync(target, stat.uid, stat.gid);
}
