import { randomUUID } from 'node:crypto';
import { link, mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';

export interface DurableOptions {
  /** Of the file; absent: 0600. */
  readonly mode?: number;
}

/**
 * Puts a whole file in place of whatever is there: a reader, and a crash at any instant, sees the old text or the new.
 * Missing folders are made with mode 0700.
 * @throws the system's error (disk full, read-only), with nothing changed
 */
export async function replaceDurably(
  file: string,
  text: string | Uint8Array,
  { mode = 0o600 }: DurableOptions = {},
): Promise<void> {
  await withTemporary(file, text, mode, async (temporary) => {
    await rename(temporary, file);
  });
}

/**
 * As `replaceDurably`, with mode 0600, but only where nothing is there yet. Of many that try at once, one wins.
 * @returns false where the file was there already
 */
export async function createDurably(file: string, text: string | Uint8Array): Promise<boolean> {
  return await withTemporary(file, text, 0o600, async (temporary) => {
    try {
      await link(temporary, file);
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
      throw error;
    } finally {
      await rm(temporary, { force: true });
    }
  });
}

/** A new or removed name lasts only once its folder is on the disk too. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function withTemporary<T>(
  file: string,
  text: string | Uint8Array,
  mode: number,
  put: (temporary: string) => Promise<T>,
): Promise<T> {
  const folder = dirname(file);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const temporary = `${file}.${randomUUID()}.tmp`;
  try {
    const handle = await open(temporary, 'wx', mode);
    try {
      await handle.writeFile(text);
      await handle.sync();
    } finally {
      await handle.close();
    }
    const result = await put(temporary);
    await syncFolder(folder);
    return result;
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => {});
    throw error;
  }
}
