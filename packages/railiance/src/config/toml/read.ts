import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { relative } from 'node:path';

import { parse, TomlError } from 'smol-toml';

import { exitCodes, Failure, problemOf } from '../../domain/failure.ts';

export interface TomlFile {
  /** Absolute. */
  readonly path: string;
  /** As a person standing in `cwd` would write it. */
  readonly shownPath: string;
  readonly source: string;
  readonly table: Readonly<Record<string, unknown>>;
}

const maxBytes = 1024 * 1024;
const maxDepth = 16;

/**
 * Reads a TOML file that may be hostile: anything but a regular file, more than 1 MiB, bad UTF-8 and deep nesting are
 * refused, with the line where there is one.
 * @throws Failure (invalid input)
 */
export async function readToml(path: string, cwd: string): Promise<TomlFile> {
  const shownPath = shownFrom(cwd, path);
  const fail = (problem: string, hint?: string): never => {
    throw new Failure(`read ${shownPath}`, problem, { exitCode: exitCodes.invalidInput, ...(hint && { hint }) });
  };
  const bytes = await readBounded(path).catch((error: unknown) => fail(problemOf(error)));
  const source = decode(bytes) ?? fail(`${shownPath}:${lineOfBadByte(bytes)}:1: is not UTF-8`);
  try {
    const table = parse(source, { maxDepth, unsafeKeyBehaviour: 'throw' });
    if (depthOf(table) > maxDepth) fail(`tables are nested more than ${maxDepth} deep`);
    return { path, shownPath, source, table };
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    const reason = (error.message.split('\n')[0] ?? '').replace(/^Invalid TOML document: /, '');
    return fail(`${shownPath}:${error.line}:${error.column}: ${reason}`);
  }
}

/** Below `cwd` as a relative path, else as it is. */
export function shownFrom(cwd: string, path: string): string {
  const below = relative(cwd, path);
  return below === '' || below.startsWith('..') ? path : below;
}

// Non-blocking, so that a FIFO does not wait for its writer; then only what fstat calls a file is read.
async function readBounded(path: string): Promise<Uint8Array> {
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const { size } = await file.stat().then((stats) => (stats.isFile() ? stats : Promise.reject(notAFile)));
    if (size > maxBytes) throw new Error(`is larger than ${maxBytes / 1024} KiB`);
    const buffer = new Uint8Array(maxBytes + 1);
    const { bytesRead } = await file.read(buffer, 0, buffer.length, 0);
    if (bytesRead > maxBytes) throw new Error(`is larger than ${maxBytes / 1024} KiB`);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

const notAFile = new Error('is not a regular file');

function decode(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

function lineOfBadByte(bytes: Uint8Array): number {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let line = 1;
  for (let start = 0; start < bytes.length; line++) {
    const found = bytes.indexOf(10, start);
    const end = found < 0 ? bytes.length : found;
    try {
      decoder.decode(bytes.subarray(start, end));
    } catch {
      return line;
    }
    start = end + 1;
  }
  return line;
}

/** Dotted keys and headers nest without brackets, so the parser's own limit does not see them. */
function depthOf(table: object): number {
  let level: object[] = [table];
  let depth = 0;
  while (level.length > 0 && depth <= maxDepth + 1) {
    depth += 1;
    level = level.flatMap((value) => Object.values(value).filter((item) => typeof item === 'object' && item !== null));
  }
  return depth;
}
