import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';

/** A folder of its own, removed at the end of the file or suite that asks for it. */
export async function scratchDirectory(name: string): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), `railiance-${name}-`));
  after(() => rm(directory, { recursive: true, force: true }));
  return directory;
}
