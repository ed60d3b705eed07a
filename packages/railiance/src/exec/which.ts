import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, isAbsolute, join, resolve } from 'node:path';

import { exitCodes, Failure } from '../domain/failure.ts';
import type { Exec } from './exec.ts';
import { neutralise } from './neutralise.ts';

/**
 * Every program of this name in the search path, the one that runs first. Relative entries of the path are left out:
 * what runs must not depend on the folder one stands in. A name with a slash is a path.
 */
export function findPrograms(name: string, path = process.env.PATH ?? ''): readonly string[] {
  if (name.includes('/')) return isProgram(resolve(name)) ? [resolve(name)] : [];
  if (name === '' || name.includes('\0')) return [];
  const folders = new Set(path.split(delimiter).filter(isAbsolute));
  return [...folders].map((folder) => join(folder, name)).filter(isProgram);
}

/** @throws Failure (exit code 6) that names where it was looked for */
export function requireProgram(name: string, path = process.env.PATH ?? ''): string {
  const found = findPrograms(name, path)[0];
  if (found !== undefined) return found;
  const where = name.includes('/') ? '' : ` in PATH (${path})`;
  throw new Failure(`run ${JSON.stringify(name)}`, `there is no such program${where}`, {
    hint: name.includes('/')
      ? 'check the path, and that it may be executed'
      : `install ${name}, or add its folder to PATH`,
    exitCode: exitCodes.dependencyMissing,
  });
}

export interface Program {
  readonly path: string;
  /** First line of what it says about its version; `unknown` where it says nothing. */
  readonly version: string;
  /** Others of the same name later in PATH, which do not run. */
  readonly shadowed: readonly string[];
}

/** Which program runs under a name, and what it says it is; undefined where there is none. */
export async function describeProgram(
  exec: Exec,
  name: string,
  versionArguments: readonly string[] = ['--version'],
): Promise<Program | undefined> {
  const [path, ...shadowed] = findPrograms(name);
  if (path === undefined) return undefined;
  const { stdout, stderr } = await exec.run({ argv: [path, ...versionArguments], timeoutMs: 5_000 });
  const line = `${stdout}\n${stderr}`.split('\n').find((text) => text.trim() !== '');
  return { path, version: line === undefined ? 'unknown' : neutralise(line.trim()).slice(0, 200), shadowed };
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
