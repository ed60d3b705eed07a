import { randomUUID } from 'node:crypto';
import { constants, type Stats } from 'node:fs';
import { type FileHandle, open, readFile, realpath, rename, rm, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';

import { exitCodes, Failure, problemOf } from '../domain/failure.ts';
import { syncFolder } from '../files/durableFile.ts';
import { type FormatName, formatOfFile, SopsError } from './sops/index.ts';

const mostBytes = 32 << 20;

/** A file of secrets, encrypted or not, as it was read. */
export interface SecretsText {
  /** As the person named it, for messages. */
  readonly file: string;
  readonly path: string;
  readonly text: string;
  readonly format: FormatName;
}

/** @throws Failure (missing dependency) for a format that is left to sops */
export function formatOf(file: string): FormatName {
  const format = formatOfFile(file);
  if (format !== undefined) return format;
  throw new Failure(`read ${file}`, 'railiance reads YAML, JSON and dotenv (.yaml, .yml, .json, .env)', {
    hint: `sops itself reads the other formats: sops decrypt ${file}`,
    exitCode: exitCodes.dependencyMissing,
    cause: new SopsError('unsupported', 'another format'),
  });
}

/** @throws Failure (invalid input) for what is no regular file of sensible size in UTF-8 */
export async function readSecretsFile(file: string, cwd = process.cwd()): Promise<SecretsText> {
  const format = formatOf(file);
  const path = resolve(cwd, file);
  return { file, path, format, text: await readText(path, file) };
}

/** @throws Failure (invalid input) */
export async function readText(path: string, file = path): Promise<string> {
  let handle: FileHandle | undefined;
  try {
    // Opened without waiting, so that a FIFO cannot hold the command up; looked at before it is read.
    handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const found = await handle.stat();
    if (!found.isFile()) throw new Error('it is not a regular file');
    if (found.size > mostBytes) throw new Error('it is larger than 32 MiB');
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(await handle.readFile());
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    const unread = error instanceof TypeError ? 'it is not UTF-8' : problemOf(error);
    const problem = missing ? 'there is no such file' : unread;
    const hint = 'railiance secrets init makes the file of an app';
    throw new Failure(`read ${file}`, problem, {
      exitCode: exitCodes.invalidInput,
      cause: error,
      ...(missing ? { hint } : {}),
    });
  } finally {
    await handle?.close();
  }
}

/**
 * Puts a new text in the place of the one that was read, at once and whole, with the same mode; a link stays a link.
 * @throws Failure where the file is no longer the one that was read, with nothing changed
 */
export async function replaceSecretsFile(
  { file, path, text }: Omit<SecretsText, 'format'>,
  changed: string,
): Promise<void> {
  if (changed === text) return;
  const target = await realpath(path);
  const before = await stat(target);
  if ((await readFile(target, 'utf8')) !== text) {
    throw new Failure(`write ${file}`, 'somebody else changed it in the meantime; nothing was written', {
      hint: 'run the command again',
      exitCode: exitCodes.invalidInput,
    });
  }
  await writeWhole(target, changed, before);
}

/**
 * Writes a file that is not there yet.
 * @throws Failure (invalid input) where it is
 */
export async function createSecretsFile(file: string, text: string, mode = 0o644): Promise<void> {
  try {
    const handle = await open(file, 'wx', mode);
    try {
      await handle.writeFile(text);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await syncFolder(dirname(file));
  } catch (error) {
    throw new Failure(`write ${file}`, problemOf(error), { exitCode: exitCodes.invalidInput, cause: error });
  }
}

async function writeWhole(target: string, text: string, { mode, uid, gid }: Stats): Promise<void> {
  const temporary = join(dirname(target), `.${randomUUID()}.tmp`);
  try {
    const handle = await open(temporary, 'wx', 0o600);
    try {
      await handle.writeFile(text);
      await handle.chmod(mode & 0o7777);
      // Only root may give a file away; for everybody else it is theirs already.
      if (process.getuid?.() === 0) await handle.chown(uid, gid);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, target);
    await syncFolder(dirname(target));
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw new Failure(`write ${target}`, problemOf(error), { exitCode: exitCodes.invalidInput, cause: error });
  }
}
