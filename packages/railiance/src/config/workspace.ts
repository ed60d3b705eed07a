import { existsSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';

// Asked without Node's thread pool, which alone takes longer to load than a look up a few folders.

export async function isFile(path: string): Promise<boolean> {
  try {
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

export async function isFolder(path: string): Promise<boolean> {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

/** The folder itself and all above it, up to the root of its git work tree, or of the file system outside one. */
export async function foldersUpFrom(directory: string): Promise<readonly string[]> {
  const folders = [directory];
  for (let at = directory; !existsSync(join(at, '.git')) && dirname(at) !== at; at = dirname(at)) {
    folders.push(dirname(at));
  }
  return folders;
}

/** The root of the git work tree, or the folder itself outside one. */
export async function workspaceRoot(directory: string): Promise<string> {
  const top = (await foldersUpFrom(directory)).at(-1) ?? directory;
  return existsSync(join(top, '.git')) ? top : directory;
}

/** The first file of this name in the folder or above it. */
export async function findUp(name: string, directory: string): Promise<string | undefined> {
  for (const folder of await foldersUpFrom(directory)) {
    const file = join(folder, name);
    if (await isFile(file)) return file;
  }
  return undefined;
}
