import assert from 'node:assert/strict';
import { chmod, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';

import { createLocalExec } from './localExec.ts';
import { describeRemembered } from './rememberedProgram.ts';

let root = '';
const tool = () => join(root, 'tool');
const memory = () => join(root, 'memory');
const large = 1 << 20;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'railiance-remembered-'));
});
afterEach(() => rm(root, { recursive: true }));

/** Counts how often it is run. */
async function install(version: string, bytes: number): Promise<void> {
  const text = `#!/bin/sh\necho run >> ${join(root, 'runs')}\necho ${version}\nexit\n`;
  await writeFile(`${tool()}.new`, text.padEnd(bytes, '#'));
  await chmod(`${tool()}.new`, 0o755);
  await rename(`${tool()}.new`, tool());
}

const ask = async () => (await describeRemembered(createLocalExec(), tool(), ['version'], memory()))?.version;
const runs = async () => (await readFile(join(root, 'runs'), 'utf8')).trim().split('\n').length;

test('a program that is still the same file is asked once', async () => {
  await install('v1', large);
  assert.deepEqual([await ask(), await ask(), await runs()], ['v1', 'v1', 1]);
});

test('one that was replaced is asked again, be it of the same size', async () => {
  await install('v1', large);
  await ask();
  await install('v2', large);
  assert.deepEqual([await ask(), await runs()], ['v2', 2]);
});

test('a script may run another program than before: it is asked each time', async () => {
  await install('v1', 0);
  assert.deepEqual([await ask(), await ask(), await runs()], ['v1', 'v1', 2]);
});

test('one that could not say its version is asked again', async () => {
  await install('"Error: out of memory"', large);
  assert.deepEqual([await ask(), await ask(), await runs()], ['Error: out of memory', 'Error: out of memory', 2]);
});

test('where what was remembered is damaged, or cannot be kept, it is asked', async () => {
  await install('v1', large);
  await ask();
  const [name = ''] = await readdir(memory());
  for (const text of ['', '{}', 'null', '{"file":1,"about":2,"version":3}']) {
    await writeFile(join(memory(), name), text);
    assert.equal(await ask(), 'v1');
  }
  await rm(memory(), { recursive: true });
  await writeFile(memory(), 'not a folder');
  assert.equal(await ask(), 'v1');
});

test('what is not there is not there', async () => {
  assert.equal(await ask(), undefined);
});
