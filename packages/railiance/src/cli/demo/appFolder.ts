import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { exitCodes, Failure } from '../../domain/failure.ts';
import type { Exec } from '../../exec/exec.ts';

/** An app in a git repository of its own. */
export interface AppFolder {
  readonly slug: string;
  readonly dir: string;
  /** Edits one file. @throws Error where the text is not there: the demo would show something else */
  replace(file: string, before: string, after: string): Promise<void>;
  add(file: string, content: string): Promise<void>;
  /** Goes back to the last committed version of everything. */
  revert(): Promise<void>;
  commit(message: string): Promise<void>;
}

// Whatever the person's own git settings say about signing, hooks and names, the demo's commits need none of it.
const gitSettings = ['user.name=Demo', 'user.email=demo@localhost', 'commit.gpgsign=false', 'core.hooksPath=/dev/null'];

/** @throws Failure where git is missing or says no */
export async function openAppFolder(slug: string, dir: string, exec: Exec): Promise<AppFolder> {
  const settings = gitSettings.flatMap((setting) => ['-c', setting]);
  const git = async (...args: readonly string[]) => {
    const { exitCode, stderr } = await exec.run({ argv: ['git', ...settings, ...args], cwd: dir });
    if (exitCode !== 0) throw new Failure(`git ${args[0]}`, stderr.trim(), { exitCode: exitCodes.dependencyMissing });
  };
  await git('init', '--quiet', '--initial-branch=main');
  return {
    slug,
    dir,
    async replace(file, before, after) {
      const path = join(dir, file);
      const text = await readFile(path, 'utf8');
      if (!text.includes(before)) throw new Error(`${file} does not hold ${JSON.stringify(before)}`);
      await writeFile(
        path,
        text.replace(before, () => after),
      );
    },
    add: (file, content) => writeFile(join(dir, file), content),
    async revert() {
      await git('revert', '--no-edit', 'HEAD');
    },
    async commit(message) {
      await git('add', '--all');
      await git('commit', '--quiet', '--message', message);
    },
  };
}
