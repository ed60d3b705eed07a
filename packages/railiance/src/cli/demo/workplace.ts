import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { exitCodes, Failure } from '../../domain/failure.ts';
import type { Exec } from '../../exec/exec.ts';

/** A folder of its own for one demo: the app's source in git, and a state home that nobody else uses. */
export interface Workplace {
  readonly root: string;
  readonly appDir: string;
  readonly home: string;
  /** Edits one file of the app. @throws Error where the text is not there: the demo would show something else */
  replace(file: string, before: string, after: string): Promise<void>;
  add(file: string, content: string): Promise<void>;
  /** Goes back to the last committed version of everything. */
  revert(): Promise<void>;
  commit(message: string): Promise<void>;
  remove(): Promise<void>;
}

/** In the checkout, and in the published package. */
const sources = ['../../../../../examples/probe/', '../demo/probe/'];

function probeSource(): string {
  const found = sources.map((path) => fileURLToPath(new URL(path, import.meta.url))).find((path) => existsSync(path));
  if (found !== undefined) return found;
  throw new Failure('find the example app', 'it is neither in this checkout nor in this package', {
    hint: 'install railiance again',
    exitCode: exitCodes.dependencyMissing,
  });
}

/** Links the packages that the app names, from wherever Node would find them for its source. */
async function linkPackages(source: string, appDir: string): Promise<void> {
  const { dependencies = {} } = JSON.parse(await readFile(join(source, 'package.json'), 'utf8'));
  await mkdir(join(appDir, 'node_modules'), { recursive: true });
  for (const name of Object.keys(dependencies)) {
    let folder = source;
    while (!existsSync(join(folder, 'node_modules', name)) && dirname(folder) !== folder) folder = dirname(folder);
    await symlink(join(folder, 'node_modules', name), join(appDir, 'node_modules', name));
  }
}

// Whatever the person's own git settings say about signing, hooks and names, the demo's commits need none of it.
const gitSettings = ['user.name=Demo', 'user.email=demo@localhost', 'commit.gpgsign=false', 'core.hooksPath=/dev/null'];

export async function makeWorkplace(exec: Exec): Promise<Workplace> {
  const root = await mkdtemp(join(tmpdir(), 'railiance-demo-'));
  const appDir = join(root, 'probe');
  const source = probeSource();
  for (const entry of await readdir(source)) {
    if (entry !== 'node_modules') await cp(join(source, entry), join(appDir, entry), { recursive: true });
  }
  await linkPackages(source, appDir);
  await writeFile(join(appDir, '.gitignore'), 'node_modules\n');
  const settings = gitSettings.flatMap((setting) => ['-c', setting]);
  const git = async (...args: readonly string[]) => {
    const { exitCode, stderr } = await exec.run({ argv: ['git', ...settings, ...args], cwd: appDir });
    if (exitCode !== 0) throw new Failure(`git ${args[0]}`, stderr.trim(), { exitCode: exitCodes.dependencyMissing });
  };
  await git('init', '--quiet', '--initial-branch=main');
  return {
    root,
    appDir,
    home: join(root, 'home'),
    async replace(file, before, after) {
      const path = join(appDir, file);
      const text = await readFile(path, 'utf8');
      if (!text.includes(before)) throw new Error(`${file} does not hold ${JSON.stringify(before)}`);
      await writeFile(
        path,
        text.replace(before, () => after),
      );
    },
    add: (file, content) => writeFile(join(appDir, file), content),
    async revert() {
      await git('revert', '--no-edit', 'HEAD');
    },
    async commit(message) {
      await git('add', '--all');
      await git('commit', '--quiet', '--message', message);
    },
    remove: () => rm(root, { recursive: true, force: true }),
  };
}
