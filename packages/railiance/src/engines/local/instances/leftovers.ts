import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import type { Runtime } from '../runtimes/runtime.ts';

const fileName = 'runtime';

/** Notes which runtime is about to use the folder, so that whoever finds it knows whom to ask. */
export async function recordLaunch(directory: string, runtime: string): Promise<void> {
  await writeFile(join(directory, fileName), runtime, { mode: 0o600 });
}

/**
 * Kills and removes everything that an agent before this one was running. Each launch has a folder from before its
 * first process to after its last one, so whatever may still run has one.
 */
export async function reapLeftovers(instancesDir: string, runtimes: readonly Runtime[]): Promise<readonly string[]> {
  await mkdir(instancesDir, { recursive: true, mode: 0o700 });
  const launchIds = await readdir(instancesDir);
  await Promise.all(
    launchIds.map(async (launchId) => {
      const directory = join(instancesDir, launchId);
      const name = await readFile(join(directory, fileName), 'utf8').catch(() => undefined);
      await runtimes.find((runtime) => runtime.name === name)?.reap(launchId, directory);
      await rm(directory, { recursive: true, force: true });
    }),
  );
  return launchIds;
}
