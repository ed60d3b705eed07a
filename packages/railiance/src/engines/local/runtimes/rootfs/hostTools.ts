import { existsSync, readlinkSync, realpathSync } from 'node:fs';
import { basename, dirname, isAbsolute, join } from 'node:path';

import { findPrograms } from '../../../../exec/which.ts';
import { programKind } from '../elfProgram.ts';

/** Programs of this machine that set an instance up: util-linux, coreutils and a shell. */
const needed = [
  ...(['unshare', 'nsenter', 'setpriv', 'mount', 'umount', 'pivot_root'] as const),
  ...(['sh', 'env', 'cat', 'mkdir', 'rmdir', 'rm', 'cp', 'ln'] as const),
] as const;

export type ToolName = (typeof needed)[number];

export interface HostTools {
  /** Absolute path, where the root is still this machine's. */
  path(name: ToolName): string;
  /**
   * Program and first arguments where the root is the image's, and `from` is a path to the root of this machine: the tool
   * by its own loader and with its own libraries, for the kernel would look for the loader in the image.
   * @param from ends in a slash; empty where the current directory is that root
   */
  inside(name: ToolName, from: string): readonly [string, ...string[]];
}

/** The tools, or the names of those that this machine has not got. */
export function findHostTools(): HostTools | { readonly missing: readonly string[] } {
  // Administrators' programs are not in the search path of ordinary users everywhere.
  const searchPath = `${process.env.PATH ?? ''}:/usr/sbin:/sbin:/usr/bin:/bin`;
  const paths = new Map(needed.map((name) => [name, findPrograms(name, searchPath)[0]]));
  const missing = needed.filter((name) => paths.get(name) === undefined);
  if (missing.length > 0) return { missing };
  const path = (name: ToolName): string => paths.get(name) ?? name;
  return { path, inside: (name, from) => insideOf(path(name), from) };
}

function insideOf(path: string, from: string): readonly [string, ...string[]] {
  const place = (absolute: string): string => from + absolute.slice(1);
  const tool = withoutAbsoluteLinks(path);
  const kind = programKind(tool);
  if (kind.kind !== 'elf' || kind.interpreter === undefined) return [place(tool)];
  const loader = place(realpathSync(kind.interpreter));
  return [loader, '--library-path', libraryFolders().map(place).join(':'), place(tool)];
}

/** The last name stays where it can: programs that are many in one go by it. */
function withoutAbsoluteLinks(path: string): string {
  const place = join(realpathSync(dirname(path)), basename(path));
  try {
    return isAbsolute(readlinkSync(place)) ? realpathSync(place) : place;
  } catch {
    return place;
  }
}

function libraryFolders(): readonly string[] {
  const machines = ['x86_64', 'aarch64'].map((machine) => `${machine}-linux-gnu`);
  const names = [
    ...machines.flatMap((name) => [`/lib/${name}`, `/usr/lib/${name}`]),
    '/lib64',
    '/usr/lib64',
    '/lib',
    '/usr/lib',
  ];
  return [...new Set(names.filter((name) => existsSync(name)).map((name) => realpathSync(name)))];
}
