import assert from 'node:assert/strict';
import { test } from 'node:test';

import { execContract, samplePrograms } from '../exec/contract.ts';
import { createFakeExec } from './fakeExec.ts';

const fakes = Object.fromEntries(Object.entries(samplePrograms).map(([name, { fake }]) => [name, fake]));

execContract('fake exec', async (redact) => createFakeExec(fakes, redact));

test('the fake remembers what was run', async () => {
  const exec = createFakeExec({ git: () => ({ stdout: 'abc' }) });
  await exec.run({ argv: ['/usr/bin/git', 'rev-parse', 'HEAD'] });
  assert.deepEqual(exec.commands, [{ argv: ['/usr/bin/git', 'rev-parse', 'HEAD'] }]);
});
