import assert from 'node:assert/strict';
import { test } from 'node:test';

import { createLocalExec } from '../exec/localExec.ts';
import { asAccount, parsePasswd, serverAccount } from './account.ts';

test('accounts are read from the lines that have them, and root is none', () => {
  const text = ['root:x:0:0:root:/root:/bin/bash', 'postgres:x:101:104:,,,:/x:/bin/sh', '', 'broken', 'a:x:b:c:::'];
  assert.deepEqual(parsePasswd(text.join('\n')), [{ name: 'postgres', uid: 101, gid: 104 }]);
});

test('a program runs as the account, with its arguments as they are and without any group of root', async () => {
  const exec = createLocalExec();
  const account = await serverAccount(exec);
  assert.equal(account === undefined, process.getuid?.() !== 0);
  const script = 'id -u; id -G; printf "%s|" "$@"';
  const odd = ['--', '-x', "a 'b' $(id)", ''];
  const result = await exec.run({ argv: asAccount(account, ['/bin/sh', '-c', script, 'sh', ...odd]) });
  assert.equal(result.stderr, '');
  const [uid, groups, args] = result.stdout.split('\n');
  assert.equal(Number(uid), account?.uid ?? process.getuid?.());
  assert.ok(account === undefined || groups === String(account.gid), groups);
  assert.equal(args, `--|-x|a 'b' $(id)||`);
});
