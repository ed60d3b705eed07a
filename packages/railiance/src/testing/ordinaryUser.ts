import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';

import { createLocalExec } from '../exec/localExec.ts';

export interface OrdinaryUser {
  /** Number of the user and of the group. */
  readonly id: number;
  readonly home: string;
}

const nobodyKnown: OrdinaryUser = { id: 61_001, home: '/tmp' };

/**
 * Runs a test file again as a user without any rights; only root can. Fails with its output if any test fails.
 * @param only part of the names of the tests to run; absent: all
 */
export async function testAsOrdinaryUser(file: string, { id, home } = nobodyKnown, only?: string): Promise<void> {
  const user = ['setpriv', `--reuid=${id}`, `--regid=${id}`, '--clear-groups', '--'] as const;
  const chosen = only === undefined ? [] : [`--test-name-pattern=${only}`];
  const argv = [...user, process.execPath, '--test', '--test-reporter=tap', ...chosen, file] as const;
  const result = await createLocalExec().run({ argv, env: { HOME: home }, timeoutMs: 100_000 });
  assert.equal(result.exitCode, 0, result.stdout);
  // A file of which no test was chosen counts as one that passed.
  const passed = only === undefined ? /^# pass [1-9]/m : new RegExp(`^ *ok \\d+ - [^#\\n]*${only}[^#\\n]*$`, 'm');
  assert.match(result.stdout, passed);
}

/** Of a user with ids to give to containers (`useradd` gives a range of them); undefined where there is none. */
export async function userWithIdRange(): Promise<number | undefined> {
  const linesOf = async (file: string) =>
    (await readFile(file, 'utf8').catch(() => '')).split('\n').map((line) => line.split(':'));
  const named = new Set((await linesOf('/etc/subuid')).map(([name]) => name).filter(Boolean));
  const found = (await linesOf('/etc/passwd')).find(
    ([name, , uid, gid]) => named.has(name) && uid !== '0' && uid === gid,
  );
  return found && Number(found[2]);
}
