import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Folder of this module: `src` in the checkout, `dist` in a build, whose chunks all lie flat in it. */
const here = new URL('./', import.meta.url);

export const migrationsDir = fileURLToPath(new URL('migrations/', here));

/** Where a build keeps every file that is served; undefined in the checkout. */
export const builtStaticDir = present(new URL('static/', here));

/** Files of this package that are served, in the checkout. */
export const ownStaticDir = fileURLToPath(new URL('../static/', here));

function present(folder: URL): string | undefined {
  const path = fileURLToPath(folder);
  return existsSync(path) ? path : undefined;
}
