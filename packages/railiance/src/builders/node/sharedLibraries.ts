import { existsSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

import { exitCodes, Failure } from '../../domain/failure.ts';
import { type Elf, readElf } from './elf.ts';
import { readLoaderCache } from './loaderCache.ts';

/** A file of this machine, and where an image needs it. */
export interface Library {
  readonly source: string;
  /** Absolute path in the image, where the dynamic loader looks for it. */
  readonly imagePath: string;
}

export interface LinkedLibraries {
  readonly libraries: readonly Library[];
  /** Names of libraries that add-ons need and this machine has not got. */
  readonly missing: readonly string[];
}

const triplets: Readonly<Record<number, string>> = { 62: 'x86_64-linux-gnu', 183: 'aarch64-linux-gnu' };

/** Where the loader looks by itself, in its order. Debian's has the two folders of the architecture first. */
function defaultFolders(machine: number): string[] {
  const triplet = triplets[machine];
  const own = triplet === undefined ? [] : [`/lib/${triplet}`, `/usr/lib/${triplet}`];
  return [...own, '/lib64', '/usr/lib64', '/lib', '/usr/lib'];
}

/** glibc opens these by name while it runs, to look up hosts and users; no program says that it needs them. */
const loadedByLibc = ['libnss_files.so.2', 'libnss_dns.so.2', 'libresolv.so.2'];

/**
 * The dynamic loader and every shared library that a program needs, with those of its add-ons: what `ldd` says, by
 * reading the files and running none of them.
 * @throws Failure where the program itself cannot be satisfied
 */
export function linkedLibraries(program: string, addOns: readonly string[]): LinkedLibraries {
  const elf = readElf(program);
  if (elf === undefined) {
    throw new Failure('find the libraries of Node', `${program} is not a 64-bit Linux program`, {
      hint: 'build on Linux, or choose another builder with [build] builder = "archive"',
      exitCode: exitCodes.dependencyMissing,
    });
  }
  const search = new LibrarySearch(elf);
  search.follow(program, elf);
  if (search.missing.size > 0) {
    const names = [...search.missing].join(', ');
    throw new Failure('find the libraries of Node', `${program} needs ${names}, not to be found on this machine`, {
      exitCode: exitCodes.dependencyMissing,
    });
  }
  for (const name of loadedByLibc) search.add(name);
  for (const file of addOns) {
    const addOn = readElf(file);
    if (addOn?.machine === elf.machine && isForMusl(addOn) === isForMusl(elf)) search.follow(file, addOn);
  }
  return { libraries: search.libraries(), missing: [...search.missing].sort() };
}

/** Packages carry one build for each C library, of which Node loads the one that fits. */
function isForMusl({ needed }: Elf): boolean {
  return needed.some((name) => name.startsWith('libc.musl-'));
}

class LibrarySearch {
  readonly missing = new Set<string>();
  readonly #machine: number;
  readonly #defaults: readonly string[];
  readonly #cache = readLoaderCache();
  readonly #found = new Map<string, Library>();
  readonly #inPackages = new Set<string>();

  constructor({ machine, interpreter }: Elf) {
    this.#machine = machine;
    this.#defaults = defaultFolders(machine);
    // Libraries that name the loader get the one that already runs.
    if (interpreter !== undefined) {
      this.#found.set(basename(interpreter), { source: interpreter, imagePath: interpreter });
    }
  }

  follow(file: string, { needed, runPath }: Elf): void {
    const folders = runPath.map((folder) => folder.replace(/\$ORIGIN|\$\{ORIGIN\}/g, dirname(file)));
    for (const name of needed) {
      if (!this.#found.has(name) && !this.add(name, folders)) this.missing.add(name);
    }
  }

  /** Looks for one library, and for what that needs. False where it is nowhere. */
  add(name: string, folders: readonly string[] = []): boolean {
    const own = this.#fitting(folders.map((folder) => join(folder, name)));
    const source =
      own ?? this.#fitting([...(this.#cache.get(name) ?? []), ...this.#defaults.map((at) => join(at, name))]);
    if (source === undefined) return false;
    const elf = readElf(source);
    if (own?.includes('/node_modules/')) {
      // It comes with its package; only what it needs of the system counts.
      if (elf === undefined || this.#inPackages.has(own)) return true;
      this.#inPackages.add(own);
    } else {
      this.#found.set(name, { source, imagePath: own ?? source });
    }
    if (elf !== undefined) this.follow(source, elf);
    return true;
  }

  libraries(): Library[] {
    const libc = [...this.#found].find(([name]) => name.startsWith('libc.'))?.[1];
    const home = libc === undefined ? '/lib' : dirname(libc.imagePath);
    const moved = [...this.#found].map(([name, { source, imagePath }]) => {
      // The image has no loader cache: what only the cache finds goes beside libc, where the loader looks by itself.
      const seen = this.#defaults.includes(dirname(imagePath)) || !this.#cache.get(name)?.includes(imagePath);
      return { source, imagePath: seen ? imagePath : join(home, name) };
    });
    const byPath = new Map(moved.map((library) => [library.imagePath, library]));
    return [...byPath.values()].sort((a, b) => (a.imagePath < b.imagePath ? -1 : 1));
  }

  #fitting(candidates: readonly string[]): string | undefined {
    return candidates.find((file) => existsSync(file) && readElf(file)?.machine === this.#machine);
  }
}
