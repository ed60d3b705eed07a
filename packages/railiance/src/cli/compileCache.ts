import { existsSync } from 'node:fs';
import { enableCompileCache } from 'node:module';
import { join } from 'node:path';

import { homeAt } from '../config/home.ts';

/**
 * From the second start on, Node takes the compiled code of whatever a command loads from the cache: a third of what
 * starting takes. Node checks each entry against the code it stands for, and passes over what does not fit. Where nothing
 * was kept yet, a mere `--help` leaves nothing behind either.
 */
export function useCompileCache(env: Readonly<Record<string, string | undefined>>): void {
  const { root, cache } = homeAt(env);
  if (existsSync(root)) enableCompileCache(join(cache, 'compiled'));
}
