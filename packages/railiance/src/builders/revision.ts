import { createHash } from 'node:crypto';
import { lstat, readlink } from 'node:fs/promises';
import { join } from 'node:path';

import type { Revision } from '../domain/artifact.ts';
import { exitCodes, Failure } from '../domain/failure.ts';
import type { CommandResult, Exec } from '../exec/exec.ts';
import { fileState } from './sourceFiles.ts';
import { fileDigest, treeDigest } from './treeDigest.ts';

const timeoutMs = 30_000;

/**
 * Where the source of an app's folder stands: its commit, whether files in the folder differ from it, and the label that
 * follows from both. Outside git, without git, and before the first commit, the label stands for the content.
 * @throws Failure where there is a repository that git does not read
 */
export async function readRevision(directory: string, exec: Exec): Promise<Revision> {
  // Asked at once, though only in a repository the answers matter.
  const asked = Promise.all([changedPaths(directory, exec), commitTime(directory, exec)]);
  asked.catch(() => undefined);
  const head = await readHead(directory, exec);
  // Not dirty: the label names this very content, and there is no commit that it could differ from.
  if (head === undefined) return { tag: `tree-${(await treeDigest(directory)).slice(0, 12)}`, dirty: false };

  const [changed, committedAt] = await asked;
  const known = { commit: head.commit, ...(committedAt !== undefined && { committedAt }) };
  if (changed.length === 0) return { ...known, tag: head.short, dirty: false };
  const digest = await changesDigest(head.top, changed);
  return { ...known, tag: `${head.short}-dirty-${digest.slice(0, 8)}`, dirty: true };
}

interface Head {
  /** Top folder of the repository. */
  readonly top: string;
  readonly commit: string;
  readonly short: string;
}

async function readHead(directory: string, exec: Exec): Promise<Head | undefined> {
  let result: CommandResult;
  try {
    result = await git(directory, exec, ['rev-parse', '--show-toplevel', 'HEAD', '--short', 'HEAD']);
  } catch (error) {
    if (error instanceof Failure && error.exitCode === exitCodes.dependencyMissing) return undefined;
    throw error;
  }
  const { exitCode, stdout, stderr } = result;
  if (exitCode !== 0 && /not a git repository|ambiguous argument 'HEAD'/.test(stderr)) return undefined;
  const found = /^(.+)\n([0-9a-f]{40,64})\n([0-9a-f]{4,64})\n$/s.exec(stdout);
  if (exitCode === 0 && found !== null) {
    return { top: found[1] ?? '', commit: found[2] ?? '', short: found[3] ?? '' };
  }
  throw new Failure(`read the revision of ${directory}`, stderr.trim().split('\n')[0] || 'git gave no answer', {
    hint: `run \`git status\` in ${directory}`,
    exitCode: exitCodes.dependencyMissing,
  });
}

/** Of HEAD; for whoever measures how long a change took, so that nothing fails for it. */
async function commitTime(directory: string, exec: Exec): Promise<string | undefined> {
  const { exitCode, stdout } = await git(directory, exec, ['log', '-1', '--no-show-signature', '--format=%cI', 'HEAD']);
  const time = stdout.trim();
  return exitCode === 0 && !Number.isNaN(Date.parse(time)) ? time : undefined;
}

/** Paths below the top folder that are changed, added, removed or not known to git, within `directory`. */
async function changedPaths(directory: string, exec: Exec): Promise<string[]> {
  const args = ['status', '--porcelain=v1', '-z', '--untracked-files=all', '--no-renames', '--', '.'];
  const { exitCode, stdout, stderr, truncated } = await git(directory, exec, args);
  if (exitCode === 0 && !truncated) {
    const entries = stdout.split('\0').filter((entry) => entry !== '');
    return entries.map((entry) => entry.slice(3)).sort();
  }
  const problem = truncated ? 'too many files are not committed' : stderr.trim().split('\n')[0];
  throw new Failure(`read the changes in ${directory}`, problem || 'git gave no answer', {
    hint: 'commit them, or name them in .gitignore',
  });
}

async function changesDigest(top: string, paths: readonly string[]): Promise<string> {
  const hash = createHash('sha256');
  for (const path of paths) hash.update(JSON.stringify([path, ...(await stateOf(join(top, path)))]));
  return hash.digest('hex');
}

async function stateOf(file: string): Promise<string[]> {
  const stat = await lstat(file).catch(() => undefined);
  if (stat === undefined) return ['removed'];
  if (stat.isSymbolicLink()) return ['link', await readlink(file)];
  // A repository inside this one is named as a folder.
  if (stat.isDirectory()) return ['folder', await treeDigest(file)];
  return stat.isFile() ? [fileState(stat).executable ? 'program' : 'file', await fileDigest(file)] : ['other'];
}

/** A setting of the repository may name programs to run; status needs none of them. */
export async function git(
  directory: string,
  exec: Exec,
  args: readonly string[],
  input?: string,
): Promise<CommandResult> {
  const argv = ['git', '--no-optional-locks', '-c', 'core.fsmonitor=false', ...args] as const;
  const given = input === undefined ? {} : { input };
  return exec.run({ argv: [...argv], cwd: directory, env: { LC_ALL: 'C' }, timeoutMs, ...given });
}
