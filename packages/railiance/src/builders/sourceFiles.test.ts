import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';

import { Failure } from '../domain/failure.ts';
import { type Tree, writeTree } from '../testing/tree.ts';
import { appFilesRule, readSourceFolder } from './sourceFiles.ts';

const root = await mkdtemp(join(tmpdir(), 'railiance-files-'));
after(() => rm(root, { recursive: true, force: true }));
let count = 0;
const tree = (files: Tree) => writeTree(join(root, String(++count)), files);
const everything = () => false;
const paths = (directory: string, ...rule: Parameters<typeof appFilesRule>) =>
  readSourceFolder(directory, appFilesRule(...rule)).files.map(({ path }) => path);

const files = {
  'package.json': '{}',
  'app.toml': '',
  'src/app.toml': 'of the app itself',
  'src/main.js': '',
  'src/main.test.js': '',
  'src/main.js.map': '',
  'dist/out.js': '',
  'sub/node_modules/x/index.js': '',
  'deploy/railiance/values.yaml': '',
  'deploy/other.txt': '',
  '.env': '',
  'config/.env.local': '',
  'config/env.sops.yaml': '',
  '.gitignore': 'dist',
};

test('what is not the app stays out, at any depth', async () => {
  assert.deepEqual(paths(await tree(files)), [
    'deploy/other.txt',
    'dist/out.js',
    'package.json',
    'src/app.toml',
    'src/main.js',
    'src/main.js.map',
  ]);
});

test('include narrows it, package.json stays; exclude takes out and takes back in', async () => {
  const directory = await tree(files);
  assert.deepEqual(paths(directory, { include: ['dist'] }), ['dist/out.js', 'package.json']);
  assert.deepEqual(paths(directory, { include: ['/src'], exclude: ['*.map', '!.env.local', '/src/app.toml'] }), [
    'package.json',
    'src/main.js',
  ]);
  assert.ok(paths(directory, { exclude: ['!.env.local'] }).includes('config/.env.local'));
});

test('the secrets file stays out, whatever the patterns say', async () => {
  const directory = await tree({ 'keys/secret': '', 'keys/public': '' });
  assert.deepEqual(paths(directory, { exclude: ['!keys/secret'] }, './keys/secret'), ['keys/public']);
});

test('links inside the folder are kept, absolute ones made relative', async () => {
  const directory = await tree({ 'a/b.txt': '', 'a/near': '-> b.txt', 'c/over': '-> ../a/b.txt', dangling: '-> gone' });
  await writeTree(directory, { 'c/absolute': `-> ${directory}/a/b.txt` });
  const links = readSourceFolder(directory, everything).files.filter(({ target }) => target !== undefined);
  assert.deepEqual(
    links.map(({ path, target }) => [path, target]),
    [
      ['a/near', 'b.txt'],
      ['c/absolute', '../a/b.txt'],
      ['c/over', '../a/b.txt'],
      ['dangling', 'gone'],
    ],
  );
});

for (const target of ['/etc/passwd', '../outside', 'a/../../outside', '..']) {
  test(`a link to ${target} is refused by its path`, async () => {
    const directory = await tree({ link: `-> ${target}` });
    assert.throws(
      () => readSourceFolder(directory, everything),
      (error) => error instanceof Failure && error.message.includes(join(directory, 'link')),
    );
  });
}

test('sockets are no source', async () => {
  const directory = await tree({ 'a.txt': '' });
  const server = createServer().listen(join(directory, 's'));
  try {
    assert.deepEqual(
      readSourceFolder(directory, everything).files.map(({ path }) => path),
      ['a.txt'],
    );
  } finally {
    server.close();
  }
});
