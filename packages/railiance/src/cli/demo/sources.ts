import { existsSync } from 'node:fs';
import { cp, mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { exitCodes, Failure } from '../../domain/failure.ts';
import type { Exec } from '../../exec/exec.ts';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const repository = '../../../../../';
const packed = '../demo/';

/** Copies the example app to a new folder, from this checkout or from the published package. */
export async function bringProbe(dir: string): Promise<void> {
  const places = [here(`${repository}examples/probe/`), here(`${packed}probe/`)];
  const source = places.find((path) => existsSync(path));
  if (source === undefined) {
    throw new Failure('find the example app', 'it is neither in this checkout nor in this package', {
      hint: 'install railiance again',
      exitCode: exitCodes.dependencyMissing,
    });
  }
  for (const entry of await readdir(source)) {
    if (entry !== 'node_modules') await cp(join(source, entry), join(dir, entry), { recursive: true });
  }
  await linkPackages(source, dir);
  await writeFile(join(dir, '.gitignore'), 'node_modules\n');
}

/** Links the packages that the app names, from wherever Node would find them for its source. */
async function linkPackages(source: string, dir: string): Promise<void> {
  const { dependencies = {} } = JSON.parse(await readFile(join(source, 'package.json'), 'utf8'));
  await mkdir(join(dir, 'node_modules'), { recursive: true });
  for (const name of Object.keys(dependencies)) {
    let folder = source;
    while (!existsSync(join(folder, 'node_modules', name)) && dirname(folder) !== folder) folder = dirname(folder);
    await symlink(join(folder, 'node_modules', name), join(dir, 'node_modules', name));
  }
}

const packTimeoutMs = 60_000;

/**
 * Brings the hub to a new folder, built: the published package carries it so, this checkout has it build itself.
 * @returns why it could not be had; undefined where it is there
 */
export async function bringHub(dir: string, exec: Exec): Promise<string | undefined> {
  const carried = here(`${packed}inter-hub/`);
  if (existsSync(carried)) {
    await cp(carried, dir, { recursive: true });
    return undefined;
  }
  const pack = here(`${repository}packages/inter-hub/scripts/pack.ts`);
  if (!existsSync(pack)) return 'it is neither in this checkout nor in this package';
  const { exitCode, stderr } = await exec.run({ argv: [process.execPath, pack, dir], timeoutMs: packTimeoutMs });
  return exitCode === 0 ? undefined : `it could not be built: ${stderr.trim().split('\n').at(-1)}`;
}
