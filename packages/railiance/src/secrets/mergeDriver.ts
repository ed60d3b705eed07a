import { appendFile, readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { exitCodes, Failure } from '../domain/failure.ts';
import type { Exec } from '../exec/exec.ts';

const driver = 'railiance-sops';
const settings = [
  [`merge.${driver}.name`, 'SOPS files, by key (railiance)'],
  [`merge.${driver}.driver`, 'railiance secrets merge %O %A %B %P'],
] as const;
const attributes = ['*.sops.yaml', '*.sops.yml', '*.sops.json', '*.sops.env'].map((form) => `${form} merge=${driver}`);

/**
 * Has Git merge SOPS files by key: the names of such files in `.gitattributes` (to be committed), the program in this
 * clone's configuration. Idempotent.
 * @returns what was written
 * @throws Failure outside of a Git repository
 */
export async function installMergeDriver(cwd: string, exec: Exec): Promise<readonly string[]> {
  const root = (await git(['rev-parse', '--show-toplevel'], cwd, exec)).trim();
  const written: string[] = [];
  for (const [name, value] of settings) {
    const known = await exec.run({ argv: ['git', 'config', '--local', '--get', name], cwd: root });
    if (known.stdout.trim() === value) continue;
    await git(['config', '--local', name, value], root, exec);
    written.push(name);
  }
  const file = join(root, '.gitattributes');
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '';
    throw error;
  });
  const missing = attributes.filter((line) => !text.split(/\r?\n/).includes(line));
  if (missing.length === 0) return written;
  await appendFile(file, `${text === '' || text.endsWith('\n') ? '' : '\n'}${missing.join('\n')}\n`);
  return [...written, '.gitattributes'];
}

async function git(args: readonly string[], cwd: string, exec: Exec): Promise<string> {
  const { exitCode, stdout, stderr } = await exec.run({ argv: ['git', ...args], cwd });
  if (exitCode === 0) return stdout;
  throw new Failure(`git ${args[0]}`, stderr.trim().split('\n')[0] ?? `exit code ${exitCode}`, {
    hint: 'run it inside of a Git repository',
    exitCode: exitCodes.invalidInput,
  });
}
