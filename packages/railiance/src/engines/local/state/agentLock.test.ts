import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';

import { takeAgentLock } from './agentLock.ts';

const directory = await mkdtemp(join(tmpdir(), 'railiance-lock-'));
after(() => rm(directory, { recursive: true }));

test('one holder at a time, free after a release', async () => {
  const first = await takeAgentLock(directory);
  await assert.rejects(takeAgentLock(directory), /another one runs already/);
  first.release();
  (await takeAgentLock(directory)).release();
});

test('a holder that was killed holds nothing', async () => {
  const holder = spawn(process.execPath, [
    '--input-type=module',
    '-e',
    `const { takeAgentLock } = await import(${JSON.stringify(import.meta.resolve('./agentLock.ts'))});
     await takeAgentLock(${JSON.stringify(directory)}); console.log('held'); setInterval(() => {}, 1000);`,
  ]);
  await once(holder.stdout, 'data');
  await assert.rejects(takeAgentLock(directory), /another one runs already/);
  holder.kill('SIGKILL');
  await once(holder, 'exit');
  (await takeAgentLock(directory)).release();
});
