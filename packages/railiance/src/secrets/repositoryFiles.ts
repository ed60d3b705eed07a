import { exitCodes, Failure } from '../domain/failure.ts';
import type { Exec } from '../exec/exec.ts';

const mostFiles = 100_000;

/**
 * Files that Git knows below the folder, and those that it would add: paths relative to the folder.
 * @throws Failure outside of a Git repository
 */
export async function repositoryFiles(folder: string, exec: Exec): Promise<readonly string[]> {
  const files: string[] = [];
  const argv = ['git', '-c', 'core.quotePath=false', 'ls-files', '--cached', '--others', '--exclude-standard'] as const;
  const result = await exec.run({
    argv,
    cwd: folder,
    onLine: (line, stream) => {
      // A name in quotes holds a line end or worse: nobody keeps secrets there.
      if (stream === 'stdout' && !line.startsWith('"') && files.length < mostFiles) files.push(line);
    },
  });
  if (result.exitCode === 0) return [...new Set(files)];
  throw new Failure('list the files of the repository', result.stderr.trim().split('\n')[0] ?? '', {
    hint: 'name the files to be checked',
    exitCode: exitCodes.invalidInput,
  });
}
