import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** Path → content; an object is written as JSON, a text `-> target` makes a symbolic link. */
export type Tree = Readonly<Record<string, string | Uint8Array | object>>;

/** Writes files below a folder, making the folders that they need. */
export async function writeTree(directory: string, tree: Tree): Promise<string> {
  for (const [path, content] of Object.entries(tree)) {
    const file = join(directory, path);
    await mkdir(dirname(file), { recursive: true });
    if (typeof content === 'string' && content.startsWith('-> ')) await symlink(content.slice(3), file);
    else await writeFile(file, bytesOf(content));
  }
  return directory;
}

function bytesOf(content: string | Uint8Array | object): string | Uint8Array {
  return typeof content === 'string' || content instanceof Uint8Array ? content : JSON.stringify(content);
}
