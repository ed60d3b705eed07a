import assert from 'node:assert/strict';

import { createLocalExec } from '../exec/localExec.ts';

/** Runs a test file again as a user without any rights; only root can. Fails with its output if any test fails. */
export async function testAsOrdinaryUser(file: string): Promise<void> {
  const user = ['setpriv', '--reuid=61001', '--regid=61001', '--clear-groups', '--'] as const;
  const argv = [...user, process.execPath, '--test', '--test-reporter=tap', file] as const;
  const result = await createLocalExec().run({ argv, env: { HOME: '/tmp' }, timeoutMs: 100_000 });
  assert.equal(result.exitCode, 0, result.stdout);
  assert.match(result.stdout, /^# pass [1-9]/m);
}
