import { constants } from 'node:fs';
import { access, mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

import { exitCodes, Failure, problemOf } from '../domain/failure.ts';

/**
 * Makes the folder that holds the state, mode 0700, or looks whether it can be written. One folder at a time: Node's own
 * recursive `mkdir` never ends where the system says of a folder that is there that it is not, as /proc does.
 * @throws Failure (dependency missing), with nothing begun
 */
export async function makeStateFolder(root: string): Promise<void> {
  try {
    const missing: string[] = [];
    for (let folder = root; !(await isThere(folder)); folder = dirname(folder)) missing.unshift(folder);
    for (const folder of missing) await mkdir(folder, { mode: 0o700 }).catch(unlessThere);
    await access(root, constants.W_OK | constants.X_OK);
  } catch (error) {
    throw new Failure(`make the state folder ${root}`, problemOf(error), {
      hint: 'set RAILIANCE_HOME to a folder that can be written; railiance doctor looks at it',
      exitCode: exitCodes.dependencyMissing,
      cause: error,
    });
  }
}

async function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error;
      return false;
    },
  );
}

/** Another command may be making it at the same time. */
function unlessThere(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EEXIST') throw error;
}
