import assert from 'node:assert/strict';
import { test } from 'node:test';

import { homeAt } from '../../config/home.ts';
import { createFileReleaseStore } from '../../releases/fileReleaseStore.ts';
import { commandLine } from '../../testing/commandLine.ts';
import { sampleRelease } from '../../testing/sampleRelease.ts';
import { scratchDirectory } from '../../testing/scratch.ts';

const cwd = await scratchDirectory('status');
const env = { PATH: process.env.PATH ?? '', HOME: cwd, RAILIANCE_HOME: `${cwd}/state` };
const status = async (...argv: string[]) => (await commandLine(['status', ...argv], { cwd, env })).stdout;

test('a stage on which nothing is, misspelt or not, is told from one where nothing is released yet', async () => {
  assert.match(await status('--stage', 'canari'), /^nothing is released here yet/);
  await createFileReleaseStore({ home: homeAt(env) }).record(sampleRelease('one'), 1);
  assert.equal(await status('--stage', 'canari'), 'nothing is on stage canari, but on canary\n');
  assert.equal(await status('probe', '--stage', 'canari'), 'nothing of probe is on stage canari, but on canary\n');
  assert.match(await status('--stage', 'canary'), /^probe +canary/m);
});
