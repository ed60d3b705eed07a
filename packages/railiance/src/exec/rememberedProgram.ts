import { createHash } from 'node:crypto';
import { readFile, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';

import { replaceDurably } from '../files/durableFile.ts';
import type { Exec } from './exec.ts';
import { describeProgram, findPrograms, type Program } from './which.ts';

/** Anything smaller may be a script that runs whatever is configured by then: it is asked each time. */
const smallestBytes = 1 << 20;

interface Memory {
  readonly file: string;
  readonly about: readonly number[];
  readonly version: string;
}

/**
 * As `describeProgram`, but a program that named its version before and is still the same file is not run again: large ones take
 * tens of milliseconds to start.
 * @param folder where answers are kept; safe to delete
 */
export async function describeRemembered(
  exec: Exec,
  name: string,
  versionArguments: readonly string[],
  folder: string,
): Promise<Program | undefined> {
  const [path, ...shadowed] = findPrograms(name);
  if (path === undefined) return undefined;
  const file = await realpath(path);
  const { size, mtimeMs, ctimeMs, ino } = await stat(file);
  if (size < smallestBytes) return await describeProgram(exec, name, versionArguments);
  const about = [size, mtimeMs, ctimeMs, ino];
  const key = createHash('sha256').update(JSON.stringify([path, versionArguments]));
  const memory = join(folder, `${key.digest('hex').slice(0, 32)}.json`);
  const known = await remembered(memory);
  if (known?.file === file && known.about.join() === about.join()) return { path, version: known.version, shadowed };
  const program = await describeProgram(exec, name, versionArguments);
  // What it says when something is wrong with it may be over the next time.
  if (program && /^v?\d/.test(program.version)) {
    const found: Memory = { file, about, version: program.version };
    await replaceDurably(memory, JSON.stringify(found)).catch(() => {});
  }
  return program;
}

async function remembered(memory: string): Promise<Memory | undefined> {
  try {
    const { file, about, version } = JSON.parse(await readFile(memory, 'utf8')) as Partial<Memory>;
    return file !== undefined && Array.isArray(about) && typeof version === 'string'
      ? { file, about, version }
      : undefined;
  } catch {
    return undefined;
  }
}
