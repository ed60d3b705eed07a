import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';

import { scratchDirectory } from '../testing/scratch.ts';
import { createLocalExec } from './localExec.ts';

/** What a process leaves that has a program start at its end, and then does `more`. */
async function leftBy(more: string): Promise<string> {
  const file = join(await scratchDirectory('at-exit'), 'left');
  const script = `import { startAtExit } from ${JSON.stringify(new URL('./atExit.ts', import.meta.url).href)};
    const takeBack = startAtExit({ argv: ['sh', '-c', 'sleep 0.2; printf "$NOTE" > ${file}'], env: { NOTE: 'done' } });
    ${more}`;
  await createLocalExec().run({ argv: [process.execPath, '--input-type=module', '-e', script], timeoutMs: 30_000 });
  for (let i = 0; i < 50 && !existsSync(file); i++) await wait(20);
  return existsSync(file) ? await readFile(file, 'utf8') : '';
}

test('a program starts when its process ends, and outlives it', async () => {
  assert.equal(await leftBy('process.exit(3)'), 'done');
});

test('what is taken back does not start', async () => {
  assert.equal(await leftBy('takeBack()'), '');
});
