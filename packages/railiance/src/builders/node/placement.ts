import { dirname, posix, relative, sep } from 'node:path';

import type { Closure, InstalledPackage } from './closure.ts';

/** Where everything lies in the image; paths without a leading slash. */
export interface Placement {
  /** Path in the image of every package, by its real path here. */
  readonly paths: ReadonlyMap<string, string>;
  /** Symbolic links: path → target, relative. */
  readonly links: ReadonlyMap<string, string>;
}

export const appPath = 'app';
/** For packages that have no place of their own under /app: out of the way of the app's files. */
const asidePath = `${appPath}/.railiance`;

/**
 * Finds every package a place in which Node resolves each dependency to the very package it is here. What lies in the
 * app's folder keeps its place; what npm hoisted to a folder above moves down into /app/node_modules, nearest folders
 * first, and what finds its place taken, or comes from elsewhere, goes aside. Then each dependency is resolved as Node
 * would in the image, and where the answer is another package, a symbolic link beside the one that asks puts it right.
 * Each package has one place, so that modules stay single.
 */
export function placePackages({ root, packages }: Closure): Placement {
  const paths = new Places(root, packages).all();
  return { paths, links: linksFor([root, ...packages], paths) };
}

class Places {
  readonly #app: string;
  readonly #packages: readonly InstalledPackage[];
  readonly #byDirectory: ReadonlyMap<string, InstalledPackage>;
  readonly #paths = new Map<string, string>();
  readonly #atPath = new Map<string, InstalledPackage>();

  constructor(root: InstalledPackage, packages: readonly InstalledPackage[]) {
    this.#app = root.directory;
    this.#packages = packages;
    this.#byDirectory = new Map(packages.map((item) => [item.directory, item]));
    this.#put(root, appPath);
  }

  all(): ReadonlyMap<string, string> {
    for (const folder of [this.#app, ...foldersAbove(this.#app)]) {
      for (const item of this.#packages) if (isInside(item.directory, folder)) this.#place(item);
    }
    return this.#paths;
  }

  #place(item: InstalledPackage): string {
    const placed = this.#paths.get(item.directory);
    if (placed !== undefined) return placed;
    const wanted = this.#natural(item);
    if (wanted !== undefined && this.#isFree(wanted, item)) return this.#put(item, wanted);
    return this.#put(item, this.#aside(item));
  }

  /** Nothing is there, and no link has to come there, because the package around it means another one by that name. */
  #isFree(path: string, { directory }: InstalledPackage): boolean {
    const [around = '', name = ''] = splitLast(path, '/node_modules/');
    const meant = this.#atPath.get(around)?.dependencies.get(name);
    return !this.#atPath.has(path) && (meant === undefined || meant === directory);
  }

  /** Undefined where the image has no such place. */
  #natural({ directory, copied }: InstalledPackage): string | undefined {
    if (isInside(directory, this.#app)) return imagePath(appPath, this.#app, directory);
    if (!copied) return undefined;
    const outer = this.#enclosing(directory);
    if (outer !== undefined) return imagePath(this.#place(outer), outer.directory, directory);
    const hoist = directory.slice(0, directory.indexOf(`${sep}node_modules${sep}`));
    return isInside(this.#app, hoist) ? imagePath(appPath, hoist, directory) : undefined;
  }

  /** The package in whose own node_modules folder this one lies. */
  #enclosing(directory: string): InstalledPackage | undefined {
    for (let folder = dirname(directory); folder !== dirname(folder); folder = dirname(folder)) {
      const outer = this.#byDirectory.get(folder);
      if (outer !== undefined) return outer;
    }
    return undefined;
  }

  #aside({ name, version, copied }: InstalledPackage): string {
    for (let number = 1; ; number++) {
      const suffix = number === 1 ? '' : `-${number}`;
      // Sources stay out of node_modules, where Node would refuse to strip their types.
      const path = copied
        ? `${asidePath}/store/${name}@${version}${suffix}/node_modules/${name}`
        : `${asidePath}/linked${suffix}/${name}`;
      if (!this.#atPath.has(path)) return path;
    }
  }

  #put(item: InstalledPackage, path: string): string {
    this.#paths.set(item.directory, path);
    this.#atPath.set(path, item);
    return path;
  }
}

function linksFor(
  packages: readonly InstalledPackage[],
  paths: ReadonlyMap<string, string>,
): ReadonlyMap<string, string> {
  const directories = new Map([...paths].map(([directory, path]) => [path, directory]));
  const targets = new Map<string, string>();
  // A new link may come in the way of a lookup from deeper down, so go on until nothing changes; each dependency gets at
  // most one link, which is the first place that its lookup looks at.
  for (let before = -1; before < targets.size; ) {
    before = targets.size;
    for (const { directory, dependencies } of packages) {
      const from = paths.get(directory) ?? '';
      for (const [name, wanted] of dependencies) {
        const found = resolve(from, name, (path) => targets.get(path) ?? directories.get(path));
        if (found !== wanted) targets.set(`${from}/node_modules/${name}`, wanted);
      }
    }
  }
  return new Map(
    [...targets].map(([path, wanted]) => [path, posix.relative(posix.dirname(path), paths.get(wanted) ?? '')]),
  );
}

/** What Node finds in the image, where `at` says which package is at a path. */
function resolve(from: string, name: string, at: (path: string) => string | undefined): string | undefined {
  for (let folder = from; folder !== ''; folder = folder.slice(0, Math.max(0, folder.lastIndexOf('/')))) {
    if (folder.endsWith('/node_modules')) continue;
    const found = at(`${folder}/node_modules/${name}`);
    if (found !== undefined) return found;
  }
  return undefined;
}

function splitLast(text: string, separator: string): [string, string] {
  const at = text.lastIndexOf(separator);
  return at < 0 ? ['', text] : [text.slice(0, at), text.slice(at + separator.length)];
}

function foldersAbove(directory: string): string[] {
  const above = dirname(directory);
  return above === directory ? [] : [above, ...foldersAbove(above)];
}

function isInside(path: string, folder: string): boolean {
  return path.startsWith(folder.endsWith(sep) ? folder : `${folder}${sep}`);
}

function imagePath(base: string, folder: string, path: string): string {
  return posix.join(base, ...relative(folder, path).split(sep));
}

export function placeOf(placement: Placement, { directory }: InstalledPackage): string {
  const path = placement.paths.get(directory);
  if (path === undefined) throw new Error(`no place for ${directory}`);
  return path;
}
