import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { scratchDirectory } from './scratch.ts';

/**
 * Settings that let Debian's buildah and podman run in a container: crun, their default, refuses hybrid control groups,
 * and not every machine may raise limits. The tools find them by `CONTAINERS_CONF`.
 */
export async function containersConf(): Promise<string> {
  const file = join(await scratchDirectory('containers'), 'containers.conf');
  const limits = '["nofile=20000:20000", "nproc=1000:1000"]';
  await writeFile(file, `[engine]\nruntime = "runc"\n[containers]\ndefault_ulimits = ${limits}\n`);
  return file;
}
