import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

export interface ProcessLock {
  release(): void;
}

/**
 * A lock on a file that only one process holds. It is the operating system's own (fcntl, by way of SQLite, as Node has no
 * call for it): it ends with the process that holds it, however that dies, so it cannot go stale and nothing need be
 * guessed from process ids. Undefined while another process holds it for longer than `patienceMs`.
 */
export async function takeProcessLock(file: string, patienceMs: number): Promise<ProcessLock | undefined> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const database = new DatabaseSync(file, { timeout: patienceMs });
  try {
    database.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    database.close();
    if (isBusy(error)) return undefined;
    throw error;
  }
  return { release: () => database.close() };
}

/** https://www.sqlite.org/rescode.html#busy */
function isBusy(error: unknown): boolean {
  return (error as { readonly errcode?: number }).errcode === 5;
}
