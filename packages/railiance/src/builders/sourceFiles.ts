import { lstatSync, readdirSync, readlinkSync, type Stats } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import ignore from 'ignore';

import { exitCodes, Failure } from '../domain/failure.ts';
import { secretPatterns } from './secretPatterns.ts';

/** What shows that a file is as it was: only the system sets the change time. */
export interface FileState {
  readonly sizeBytes: number;
  /** Only this is kept of the mode: the rest depends on the umask of whoever made the file. */
  readonly executable: boolean;
  readonly changedMs: number;
  readonly inode: number;
}

export function fileState({ size, mode, ctimeMs, ino }: Stats): FileState {
  return { sizeBytes: size, executable: (mode & 0o111) !== 0, changedMs: ctimeMs, inode: ino };
}

/** A file or a symbolic link below a folder. */
export interface SourceFile extends FileState {
  /** Relative to the folder, with slashes. */
  readonly path: string;
  /** Of a symbolic link: relative to where the link is, and inside the folder. */
  readonly target?: string;
}

export interface SourceFolder {
  readonly directory: string;
  /** Sorted by path. */
  readonly files: readonly SourceFile[];
}

const usualHint = 'put a copy in its place, or leave it out with [build.node] exclude';

/** True for what is left out; folders end with a slash. */
export type LeaveOut = (path: string) => boolean;

/** Never part of an app: what others are, what only builds or tests it, and what is secret. In the form of .gitignore. */
const neverPart = [
  ...secretPatterns,
  ...['.gitignore', '.gitattributes', '.gitmodules', '.github', '.gitea', '.direnv'],
  ...['node_modules', '.DS_Store', '.idea', '.vscode', 'npm-debug.log*', '*.tsbuildinfo'],
  ...['*.test.ts', '*.test.mts', '*.test.cts', '*.test.tsx', '*.test.js', '*.test.mjs', '*.test.cjs', '*.test.jsx'],
  ...['/app.toml', '/blueprint.toml', '/deploy/railiance'],
];

export interface FilePatterns {
  /** What may be in it; everything unless given. package.json always is, because Node asks it what a file is. */
  readonly include?: readonly string[];
  /** What is left out beside the built-in list; `!pattern` takes something back in. */
  readonly exclude?: readonly string[];
}

/**
 * The rule of what belongs to an app, from patterns in the form of .gitignore.
 * @param secretsFile relative to the folder; never in, whatever the patterns say
 */
export function appFilesRule({ include = [], exclude = [] }: FilePatterns = {}, secretsFile?: string): LeaveOut {
  const out = ignore().add(neverPart).add(exclude);
  const secret = secretsFile === undefined ? undefined : posix.normalize(secretsFile);
  const only = include.length === 0 ? undefined : ignore().add([...include, '/package.json']);
  return (path) =>
    path === secret || out.ignores(path) || (only !== undefined && !path.endsWith('/') && !only.ignores(path));
}

/** Told of each file and each symbolic link, with what that leads to. */
export type SeenFile = (path: string, stat: Stats, target: string | undefined) => void;

/**
 * Looks at every file below a folder, in an order that stays while the names do. Sockets, pipes and devices are no source
 * and are left out.
 * @param hint what to do about a symbolic link that leads out of the folder
 * @throws Failure naming such a link
 */
export function walkSourceFolder(directory: string, leaveOut: LeaveOut, seen: SeenFile, hint = usualHint): void {
  const visit = (folder: string, prefix: string): void => {
    for (const name of readdirSync(folder)) {
      const path = prefix + name;
      const stat = lstatSync(`${folder}/${name}`);
      if (stat.isFile()) {
        if (!leaveOut(path)) seen(path, stat, undefined);
      } else if (stat.isDirectory()) {
        if (!leaveOut(`${path}/`)) visit(`${folder}/${name}`, `${path}/`);
      } else if (stat.isSymbolicLink() && !leaveOut(path)) {
        seen(path, stat, innerTarget(directory, path, readlinkSync(join(directory, path)), hint));
      }
    }
  };
  visit(directory, '');
}

/** Every file below a folder, as `walkSourceFolder` finds them. */
export function readSourceFolder(directory: string, leaveOut: LeaveOut, hint?: string): SourceFolder {
  const files: SourceFile[] = [];
  const seen: SeenFile = (path, stat, target) =>
    files.push({ path, ...fileState(stat), ...(target !== undefined && { target }) });
  walkSourceFolder(directory, leaveOut, seen, hint);
  return { directory, files: files.sort((a, b) => (a.path < b.path ? -1 : 1)) };
}

function innerTarget(directory: string, path: string, target: string, hint: string): string {
  const relative = target.startsWith(`${directory}/`) ? posix.relative(dirname(join(directory, path)), target) : target;
  const leadsTo = posix.normalize(posix.join(posix.dirname(path), relative));
  if (!relative.startsWith('/') && leadsTo !== '..' && !leadsTo.startsWith('../')) return relative;
  throw new Failure(`read ${join(directory, path)}`, `the symbolic link leads out of ${directory}`, {
    hint,
    exitCode: exitCodes.invalidInput,
  });
}
