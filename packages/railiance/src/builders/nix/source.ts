import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, posix } from 'node:path';
import ignore from 'ignore';

import type { AppSpec } from '../../domain/app.ts';
import { exitCodes, Failure } from '../../domain/failure.ts';
import type { Exec } from '../../exec/exec.ts';
import { secretPatterns } from '../secretPatterns.ts';
import { type LeaveOut, readSourceFolder, type SourceFolder } from '../sourceFiles.ts';

/** What builds leave in a folder; outside git nothing else says that it is no source. */
const madeHere = ['node_modules', '/result', '/result-*', '.direnv', 'dist-newstyle'];

/**
 * What a flake sees of an app's folder: in git what git knows and what is new and not ignored, as flakes see it, but
 * without the need to add it first; elsewhere everything but secrets and what builds leave behind. The secrets file never.
 */
export async function readFlakeSource({ directory, secrets }: AppSpec, exec: Exec): Promise<SourceFolder> {
  const outside = ignore().add([...secretPatterns]);
  const known = await filesInGit(directory, exec);
  const leaveOut = known === undefined ? leaveOutBy(outside.add(madeHere)) : leaveOutUnknown(known, outside);
  const secret = secrets.file === undefined ? undefined : posix.normalize(secrets.file);
  return readSourceFolder(
    directory,
    (path) => path === secret || leaveOut(path),
    'put a copy in its place, or name it in .gitignore',
  );
}

function leaveOutBy(rule: ReturnType<typeof ignore>): LeaveOut {
  return (path) => rule.ignores(path);
}

interface GitFiles {
  readonly tracked: ReadonlySet<string>;
  readonly added: readonly string[];
}

/** What is tracked is no secret any more; what is not may be. */
function leaveOutUnknown({ tracked, added }: GitFiles, secret: ReturnType<typeof ignore>): LeaveOut {
  const kept = new Set([...tracked, ...added.filter((path) => !secret.ignores(path))]);
  const folders = new Set<string>();
  for (const path of kept) {
    for (let folder = dirname(path); folder !== '.' && !folders.has(folder); folder = dirname(folder))
      folders.add(folder);
  }
  return (path) => (path.endsWith('/') ? !folders.has(path.slice(0, -1)) : !kept.has(path));
}

/** Undefined where the folder is in no repository, or git is not there. */
async function filesInGit(directory: string, exec: Exec): Promise<GitFiles | undefined> {
  const folder = await mkdtemp(join(tmpdir(), 'railiance-git-'));
  try {
    const list = async (...which: string[]) => {
      const outputFile = join(folder, 'list');
      // A setting of the repository may name programs to run; listing needs none of them.
      const argv = ['git', '--no-optional-locks', '-c', 'core.fsmonitor=false', 'ls-files', '-z', ...which] as const;
      const { exitCode } = await exec.run({ argv: [...argv], cwd: directory, outputFile, timeoutMs: 60_000 });
      return exitCode === 0
        ? (await readFile(outputFile, 'utf8')).split('\0').filter((path) => path !== '')
        : undefined;
    };
    const tracked = await list('--cached');
    const added = tracked === undefined ? undefined : await list('--others', '--exclude-standard');
    return tracked === undefined || added === undefined ? undefined : { tracked: new Set(tracked), added };
  } catch (error) {
    if (error instanceof Failure && error.exitCode === exitCodes.dependencyMissing) return undefined;
    throw error;
  } finally {
    await rm(folder, { recursive: true });
  }
}
