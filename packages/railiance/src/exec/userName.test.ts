import assert from 'node:assert/strict';
import { userInfo } from 'node:os';
import { test } from 'node:test';

import { createLocalExec } from './localExec.ts';
import { userName } from './userName.ts';

test('a user is called by name', () => {
  assert.equal(userName(), userInfo().username);
});

// Only root can become somebody whom the system does not know.
if (process.getuid?.() === 0) {
  test('a user without a name is called by number', async () => {
    const script = `process.setuid(61234); console.log((await import('${import.meta.resolve('./userName.ts')}')).userName())`;
    const argv = [process.execPath, '--input-type=module', '-e', script] as const;
    const { stdout } = await createLocalExec().run({ argv, timeoutMs: 30_000 });
    assert.equal(stdout.trim(), '61234');
  });
}
