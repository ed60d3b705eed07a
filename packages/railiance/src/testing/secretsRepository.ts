import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';

import { createLocalExec } from '../exec/localExec.ts';
import { identity, recipient } from '../secrets/sops/testKeys.ts';
import { commandLine } from './commandLine.ts';

const root = mkdtempSync(join(tmpdir(), 'railiance-secrets-'));
after(() => rmSync(root, { recursive: true }));
let count = 0;

/** A repository of its own with `app.sops.yaml`, encrypted, and everything that a secrets verb may be asked there. */
export async function secretsRepository(plain = 'A: CANARY-one\nB: CANARY-two\n') {
  const cwd = join(root, `r${count++}`);
  mkdirSync(join(cwd, 'home'), { recursive: true });
  const env: Record<string, string> = {
    PATH: process.env.PATH ?? '',
    HOME: join(cwd, 'home'),
    RAILIANCE_HOME: join(cwd, 'state'),
    SOPS_AGE_KEY: identity,
    GIT_CONFIG_GLOBAL: '/dev/null',
  };
  const exec = createLocalExec();
  const git = async (...args: string[]) => {
    const argv = ['git', '-c', 'user.name=a', '-c', 'user.email=a@b', ...args] as const;
    const { exitCode, stdout, stderr } = await exec.run({ argv, cwd, env });
    if (exitCode !== 0) throw new Error(stderr);
    return stdout;
  };
  await git('init', '-q', '-b', 'main');
  writeFileSync(join(cwd, '.gitignore'), 'home\nstate\n');
  writeFileSync(join(cwd, 'app.sops.yaml'), plain);
  const run = (words: string, input?: string) =>
    commandLine(['secrets', ...words.split(' ')], { cwd, env, ...(input === undefined ? {} : { input }) });
  const { exitCode, stderr } = await run(`encrypt --in-place app.sops.yaml --recipient ${recipient}`);
  if (exitCode !== 0) throw new Error(stderr);
  await git('add', '.');
  await git('commit', '-qm', 'first');
  const read = () => readFileSync(join(cwd, 'app.sops.yaml'), 'utf8');
  return { cwd, env, git, run, read, file: join(cwd, 'app.sops.yaml') };
}
