import { closeSync, constants, fstatSync, fsyncSync, openSync, rmSync, writeSync } from 'node:fs';
import { access, mkdtemp, readFile, statfs, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A file for plain text, in a folder of its own that only this user can enter. */
export interface PrivateFile {
  readonly path: string;
  /** False where the machine has no file system in memory: then the text was on a disk. */
  readonly inMemory: boolean;
  read(): Promise<string>;
  /** Overwrites and removes the file, and all that an editor left beside it. So does the end of this process. */
  shred(): void;
  /** Leaves it there for the person to see to, whatever comes. */
  keep(): void;
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
  let kept = false;
  const shred = () => {
    process.off('exit', shred);
    if (kept) return;
    overwrite(path);
    rmSync(folder, { recursive: true, force: true });
  };
  // A second signal ends the process at once, wherever it is.
  process.once('exit', shred);
  return {
    path,
    inMemory: memory !== undefined,
    read: () => readFile(path, 'utf8'),
    shred,
    keep: () => {
      kept = true;
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

/** At once, since nothing waits for a process that ends. A file that the editor took away needs none of it. */
function overwrite(path: string): void {
  try {
    const file = openSync(path, 'r+');
    writeSync(file, Buffer.alloc(fstatSync(file).size), 0);
    fsyncSync(file);
    closeSync(file);
  } catch {
    // What cannot be written is removed all the same.
  }
}
