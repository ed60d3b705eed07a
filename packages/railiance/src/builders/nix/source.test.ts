import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';

import { createLocalExec } from '../../exec/localExec.ts';
import { createFakeExec } from '../../testing/fakeExec.ts';
import { scratchDirectory } from '../../testing/scratch.ts';
import { writeTree } from '../../testing/tree.ts';
import { appAt } from '../contract.ts';
import { readFlakeSource } from './source.ts';

const root = await scratchDirectory('flake-source');
const files = {
  'flake.nix': '',
  '.gitignore': 'ignored\n/result\n',
  'src/main.hs': '',
  'src/new.hs': '',
  'ignored/x': '',
  result: '-> /nix/store/x',
  '.env': '',
  '.env.example': '',
  'node_modules/x/index.js': '',
  'keys/secret': '',
};
const secrets = { file: 'keys/secret', required: [], generate: [] };

async function pathsOf(directory: string, exec = createLocalExec()) {
  return (await readFlakeSource(appAt(directory, { secrets }), exec)).files.map(({ path }) => path);
}

const git = (directory: string, ...args: string[]) =>
  execFileSync('git', ['-C', directory, '-c', 'user.name=x', '-c', 'user.email=x@example.test', ...args]);

test('in git: what is tracked and what is new; what is ignored, secret and new, or the secrets file is not', async () => {
  const top = await writeTree(join(root, 'git'), { 'elsewhere.nix': '' });
  const directory = await writeTree(join(top, 'app'), files);
  git(top, 'init', '-q');
  git(top, 'add', 'app/flake.nix', 'app/.gitignore', 'app/src/main.hs', 'app/.env.example', 'app/keys/secret');
  assert.deepEqual(await pathsOf(directory), [
    '.env.example',
    '.gitignore',
    'flake.nix',
    'node_modules/x/index.js',
    'src/main.hs',
    'src/new.hs',
  ]);
});

test('outside git, and without git, everything but secrets and what builds leave behind', async () => {
  const directory = await writeTree(join(root, 'plain'), files);
  const expected = ['.gitignore', 'flake.nix', 'ignored/x', 'src/main.hs', 'src/new.hs'];
  assert.deepEqual(await pathsOf(directory), expected);
  assert.deepEqual(await pathsOf(directory, createFakeExec({})), expected);
});
