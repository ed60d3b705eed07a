import { existsSync, realpathSync } from 'node:fs';
import { basename, dirname, join, sep } from 'node:path';

import { exitCodes, Failure } from '../../domain/failure.ts';
import { type PackageJson, readPackageJson } from './packageJson.ts';

/** One package as it lies on this machine. */
export interface InstalledPackage {
  /** As the one that depends on it names it: the name of its folder. */
  readonly name: string;
  readonly version: string;
  /** Real path. */
  readonly directory: string;
  /** False for a workspace or a `file:` package, whose folder is its own source and not a copy in node_modules. */
  readonly copied: boolean;
  /** Name → real path of the package that Node finds under that name from here. */
  readonly dependencies: ReadonlyMap<string, string>;
  readonly manifest: PackageJson;
}

export interface Closure {
  /** The folder itself. */
  readonly root: InstalledPackage;
  /** Everything it needs in production, in the order of discovery, which does not depend on where the folder is. */
  readonly packages: readonly InstalledPackage[];
}

export interface ClosureOptions {
  /** Optional packages to leave out. */
  readonly omit?: readonly string[];
  /** Told of each package at once, for work that need not wait for the others. */
  readonly found?: (item: InstalledPackage) => void;
}

/**
 * The packages that a folder needs in production, found as Node finds them: in the node_modules of every folder above,
 * symbolic links followed. Optional and peer dependencies count where they are installed.
 * https://nodejs.org/api/modules.html#loading-from-node_modules-folders
 * @throws Failure naming what is not installed
 */
export function nodeModulesClosure(directory: string, { omit = [], found }: ClosureOptions = {}): Closure {
  const search = new ClosureSearch(new Set(omit));
  const root = search.visit(basename(directory), realpathSync.native(directory));
  if (root === undefined) {
    throw new Failure('find the packages of the app', `${directory} has no package.json`, {
      exitCode: exitCodes.invalidInput,
    });
  }
  const packages = search.discover(root, found);
  if (search.missing.length > 0) throw notInstalled(directory, search.missing);
  return { root, packages };
}

class ClosureSearch {
  readonly missing: string[] = [];
  readonly #omit: ReadonlySet<string>;
  readonly #manifests = new Map<string, PackageJson | undefined>();
  readonly #found = new Map<string, string | undefined>();
  readonly #folders = new Map<string, string | undefined>();

  constructor(omit: ReadonlySet<string>) {
    this.#omit = omit;
  }

  /** Breadth first, names in order: what is nearest to the app comes first. */
  discover(root: InstalledPackage, told: ClosureOptions['found']): InstalledPackage[] {
    const packages = new Map([[root.directory, root]]);
    for (const { dependencies } of packages.values()) {
      for (const [name, directory] of dependencies) {
        if (packages.has(directory)) continue;
        const found = this.visit(name, directory);
        if (found === undefined) continue;
        packages.set(directory, found);
        told?.(found);
      }
    }
    packages.delete(root.directory);
    return [...packages.values()];
  }

  visit(name: string, directory: string): InstalledPackage | undefined {
    const manifest = this.#manifestOf(directory);
    if (manifest === undefined) return undefined;
    const dependencies = new Map<string, string>();
    for (const [wanted, required] of wantedBy(manifest)) {
      if (this.#omit.has(wanted)) {
        if (required) throw cannotOmit(wanted, manifest.name || directory);
        continue;
      }
      const found = this.#find(directory, wanted);
      if (found !== undefined) dependencies.set(wanted, found);
      else if (required) this.missing.push(`${wanted} (for ${manifest.name || directory})`);
    }
    const copied = directory.includes(`${sep}node_modules${sep}`);
    return { name, version: manifest.version, directory, copied, dependencies, manifest };
  }

  /** Real path of what `require(name)` finds from `directory`. */
  #find(directory: string, name: string): string | undefined {
    for (let at = directory; ; at = dirname(at)) {
      const modules = this.#modulesOf(at);
      const found = modules === undefined ? undefined : this.#inside(`${modules}/${name}`);
      if (found !== undefined || at === dirname(at)) return found;
    }
  }

  /** Most packages have no node_modules of their own: one look at each is enough. */
  #modulesOf(directory: string): string | undefined {
    if (!this.#folders.has(directory)) {
      const path = join(directory, 'node_modules');
      this.#folders.set(directory, basename(directory) !== 'node_modules' && existsSync(path) ? path : undefined);
    }
    return this.#folders.get(directory);
  }

  #inside(candidate: string): string | undefined {
    if (!this.#found.has(candidate)) {
      const installed = this.#manifestOf(candidate) !== undefined;
      this.#found.set(candidate, installed ? realpathSync.native(candidate) : undefined);
    }
    return this.#found.get(candidate);
  }

  #manifestOf(directory: string): PackageJson | undefined {
    if (!this.#manifests.has(directory)) this.#manifests.set(directory, readPackageJson(directory));
    return this.#manifests.get(directory);
  }
}

/** Every name a package may ask for, in order, and whether it cannot do without. */
function wantedBy({ dependencies, optionalDependencies, peerDependencies }: PackageJson): [string, boolean][] {
  const wanted = new Map<string, boolean>();
  // npm installs peers, but people turn that off, and many packages do without theirs.
  for (const name of Object.keys(peerDependencies)) wanted.set(name, false);
  for (const name of Object.keys(dependencies)) wanted.set(name, true);
  // npm too lets a name that is in both be optional.
  for (const name of Object.keys(optionalDependencies)) wanted.set(name, false);
  return [...wanted].sort(([a], [b]) => (a < b ? -1 : 1));
}

function cannotOmit(name: string, by: string): Failure {
  return new Failure('find the packages of the app', `${by} cannot do without ${name}`, {
    hint: `take ${name} out of omit in [build.node]: only optional packages can be left out`,
    exitCode: exitCodes.invalidInput,
  });
}

function notInstalled(directory: string, missing: readonly string[]): Failure {
  const more = missing.length > 5 ? ` and ${missing.length - 5} more` : '';
  return new Failure('find the packages of the app', `not installed: ${missing.slice(0, 5).join(', ')}${more}`, {
    hint: `run \`npm ci\` in ${directory}`,
    exitCode: exitCodes.invalidInput,
  });
}
