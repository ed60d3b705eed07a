import { copyFile, open, stat, truncate } from 'node:fs/promises';
import { join } from 'node:path';

const mostBytes = 4 * 1024 * 1024;
const tailBytes = 16 * 1024;

export function serverLogFile(folder: string): string {
  return join(folder, 'postgres.log');
}

/**
 * Keeps the log and one before it within 4 MiB each. The server holds the file open for appending, so it is copied and
 * emptied in place; lines written in that instant are lost.
 */
export async function boundServerLog(folder: string): Promise<void> {
  const file = serverLogFile(folder);
  if ((await sizeOf(file)) <= mostBytes) return;
  await copyFile(file, `${file}.1`);
  await truncate(file);
}

export async function sizeOf(file: string): Promise<number> {
  return (await stat(file).catch(() => undefined))?.size ?? 0;
}

/** The last lines that were written after the file had `fromBytes`. */
export async function readServerLog(folder: string, fromBytes: number): Promise<string> {
  const file = serverLogFile(folder);
  const endBytes = await sizeOf(file);
  const startBytes = Math.max(fromBytes, endBytes - tailBytes);
  if (endBytes <= startBytes) return '';
  const handle = await open(file, 'r');
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(endBytes - startBytes), { position: startBytes });
    return buffer.toString('utf8', 0, bytesRead);
  } finally {
    await handle.close();
  }
}
