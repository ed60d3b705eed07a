import { constants } from 'node:fs';
import { access, mkdtemp, open, readFile, rm, statfs, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A file for plain text, in a folder of its own that only this user can enter. */
export interface PrivateFile {
  readonly path: string;
  /** False where the machine has no file system in memory: then the text was on a disk. */
  readonly inMemory: boolean;
  read(): Promise<string>;
  /** Overwrites and removes the file, and all that an editor left beside it. */
  shred(): Promise<void>;
}

const tmpfsMagic = 0x01021994;

/** @param name of the file, for editors that go by it */
export async function createPrivateFile(
  name: string,
  text: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<PrivateFile> {
  const memory = await memoryFolder(env);
  const folder = await mkdtemp(join(memory ?? tmpdir(), 'railiance-'));
  const path = join(folder, name);
  await writeFile(path, text, { mode: 0o600, flag: 'wx' });
  return {
    path,
    inMemory: memory !== undefined,
    read: () => readFile(path, 'utf8'),
    async shred() {
      await overwrite(path).catch(() => undefined);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Memory is gone with the power; what stood on a disk may be found there for years. */
async function memoryFolder(env: Readonly<Record<string, string | undefined>>): Promise<string | undefined> {
  for (const folder of [env.XDG_RUNTIME_DIR, '/dev/shm']) {
    if (!folder) continue;
    try {
      await access(folder, constants.W_OK | constants.X_OK);
      if ((await statfs(folder)).type === tmpfsMagic) return folder;
    } catch {
      // Not there, or not ours: the next one.
    }
  }
  return undefined;
}

async function overwrite(path: string): Promise<void> {
  const handle = await open(path, 'r+');
  try {
    const { size } = await handle.stat();
    await handle.write(Buffer.alloc(size), 0, size, 0);
    await handle.sync();
  } finally {
    await handle.close();
  }
}
