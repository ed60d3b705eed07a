import { readFile } from 'node:fs/promises';

import { exitCodes, Failure } from '../domain/failure.ts';
import type { Exec } from '../exec/exec.ts';

/** The user of this machine that PostgreSQL runs as. */
export interface Account {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

/** Made where the machine has neither; `postgres` is the name that distributions give. */
const ownName = 'railiance-postgres';
const accountNames = [ownName, 'postgres'] as const;

/**
 * PostgreSQL refuses to run as root, so root gives it a user without rights: one that is there, else a new system user.
 * Everybody else runs it as themselves: undefined.
 * @throws Failure (exit code 6) where a user is needed and cannot be made
 */
export async function serverAccount(exec: Exec): Promise<Account | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const found = await findAccount();
  if (found) return found;
  const options = ['--system', '--user-group', '--no-create-home', '--home-dir', '/nonexistent'];
  const argv = ['useradd', ...options, '--shell', '/usr/sbin/nologin', ownName] as const;
  // Where another process made it in between, this fails and the user is found all the same.
  const problem = await exec.run({ argv: [...argv], timeoutMs: 30_000 }).then(
    ({ stderr }) => stderr.trim(),
    (error: Error) => error.message,
  );
  const made = await findAccount();
  if (made) return made;
  throw new Failure('make a user for PostgreSQL, which does not run as root', problem || 'useradd made none', {
    hint: `run railiance as an ordinary user, or make the user yourself: ${argv.join(' ')}`,
    exitCode: exitCodes.dependencyMissing,
  });
}

/** Makes a command run as the account, with no other group and no way back. */
export function asAccount(account: Account | undefined, argv: readonly [string, ...string[]]): [string, ...string[]] {
  if (!account) return [...argv];
  return [...dropRights(account, 'process.execve(argv[0], argv, process.env)'), ...argv];
}

/** True where the account gets to a folder, whatever stands in between: tried, because modes alone do not tell. */
export async function canReach(exec: Exec, account: Account, folder: string): Promise<boolean> {
  const check = dropRights(account, "require('node:fs').accessSync(argv[0], 1)");
  return (await exec.run({ argv: [...check, folder], timeoutMs: 30_000 })).exitCode === 0;
}

/**
 * Node itself gives up its rights and then does `then`, which sees its arguments as `argv`. So no other program is
 * needed for it, and with `execve` the process stays the one that was started.
 */
function dropRights({ uid, gid }: Account, then: string): [string, ...string[]] {
  const script = `process.setgroups([]); process.setgid(${gid}); process.setuid(${uid});
    const argv = process.argv.slice(1); ${then};`;
  return [process.execPath, '--disable-warning=ExperimentalWarning', '-e', script, '--'];
}

async function findAccount(): Promise<Account | undefined> {
  const entries = parsePasswd(await readFile('/etc/passwd', 'utf8').catch(() => ''));
  return accountNames.map((name) => entries.find((entry) => entry.name === name)).find((entry) => entry !== undefined);
}

/** Lines of https://man7.org/linux/man-pages/man5/passwd.5.html; root in disguise is no account. */
export function parsePasswd(text: string): readonly Account[] {
  return text
    .split('\n')
    .map((line) => line.split(':'))
    .map(([name = '', , uid, gid]) => ({ name, uid: Number(uid), gid: Number(gid) }))
    .filter(({ name, uid, gid }) => name !== '' && uid > 0 && gid > 0);
}
