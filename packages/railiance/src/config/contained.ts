import { realpath } from 'node:fs/promises';
import { dirname, join, relative, resolve, sep } from 'node:path';

/**
 * The real path of `path`, which is relative to `directory` and must stay in it whatever links are on the way; it need not
 * exist yet. Undefined where it leads out. To be asked again where the file is used: links may change in between.
 */
export async function containedPath(directory: string, path: string): Promise<string | undefined> {
  const root = await realpath(directory);
  const real = await realPathOf(resolve(root, path));
  return real === root || real.startsWith(root + sep) ? real : undefined;
}

/** Of the nearest folder that exists, and the rest as written. */
async function realPathOf(path: string): Promise<string> {
  for (let at = path; ; at = dirname(at)) {
    const real = await realpath(at).catch(() => undefined);
    if (real !== undefined) return join(real, relative(at, path));
    if (dirname(at) === at) return path;
  }
}
