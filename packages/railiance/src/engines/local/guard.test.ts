import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';

import { guardArgv } from './guard.ts';

const directory = await mkdtemp(join(tmpdir(), 'railiance-guard-'));
after(() => rm(directory, { recursive: true }));

async function guarded(name: string, child: string): Promise<{ exitCode: number | null; starts: number }> {
  const record = join(directory, name);
  const [program, ...args] = guardArgv(['/bin/sh', '-c', `echo start >> "$0"; ${child}`, record]);
  const guard = spawn(program, args, { stdio: 'ignore' });
  const exitCode = await new Promise<number | null>((resolve) => guard.once('exit', resolve));
  const starts = (await readFile(record, 'utf8')).trim().split('\n').length;
  return { exitCode, starts };
}

test('a clean end and a refusal end the guard', async () => {
  assert.deepEqual(await guarded('clean', 'exit 0'), { exitCode: 0, starts: 1 });
  assert.deepEqual(await guarded('refusal', 'exit 6'), { exitCode: 6, starts: 1 });
});

test('a killed agent is started again', async () => {
  const once = '[ "$(wc -l < "$0")" -gt 1 ] && exit 0; kill -KILL $$';
  assert.deepEqual(await guarded('killed', once), { exitCode: 0, starts: 2 });
});

test('SIGTERM to the guard reaches the agent, and both end', async () => {
  const record = join(directory, 'term');
  const child = 'trap "echo stopped >> $0; exit 0" TERM; echo start >> "$0"; while :; do sleep 0.05; done';
  const [program, ...args] = guardArgv(['/bin/sh', '-c', child, record]);
  const guard = spawn(program, args, { stdio: 'ignore' });
  const ended = new Promise<number | null>((resolve) => guard.once('exit', resolve));
  while (!(await readFile(record, 'utf8').catch(() => ''))) await new Promise((resolve) => setTimeout(resolve, 20));
  guard.kill('SIGTERM');
  assert.equal(await ended, 0);
  assert.match(await readFile(record, 'utf8'), /stopped/);
});
