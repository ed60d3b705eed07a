import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmod, cp, mkdtemp, realpath, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';

import { Failure } from '../domain/failure.ts';
import { createLocalExec } from '../exec/localExec.ts';
import { createFakeExec } from '../testing/fakeExec.ts';
import { type Tree, writeTree } from '../testing/tree.ts';
import { readRevision } from './revision.ts';

const root = await realpath(await mkdtemp(join(tmpdir(), 'railiance-revision-')));
after(() => rm(root, { recursive: true, force: true }));
let count = 0;
const exec = createLocalExec();

const identity = {
  GIT_AUTHOR_NAME: 'a',
  GIT_AUTHOR_EMAIL: 'a@example.com',
  GIT_COMMITTER_NAME: 'a',
  GIT_COMMITTER_EMAIL: 'a@example.com',
};
const git = (directory: string, ...args: string[]) =>
  execFileSync('git', args, {
    cwd: directory,
    encoding: 'utf8',
    env: { PATH: process.env.PATH, HOME: root, ...identity },
    stdio: ['ignore', 'pipe', 'ignore'],
  }).trim();

async function repository(tree: Tree): Promise<string> {
  const directory = await writeTree(join(root, String(++count)), tree);
  git(directory, 'init', '-q');
  git(directory, 'add', '-A');
  git(directory, 'commit', '-qm', 'first');
  return directory;
}

const files: Tree = { 'app/main.js': 'one', 'app/sub/x.js': 'x', 'other/y.js': 'y', '.gitignore': 'ignored' };

test('a committed folder is named by its short commit', async () => {
  const top = await repository(files);
  const expected = {
    commit: git(top, 'rev-parse', 'HEAD'),
    committedAt: git(top, 'log', '-1', '--format=%cI'),
    tag: git(top, 'rev-parse', '--short', 'HEAD'),
    dirty: false,
  };
  assert.deepEqual(await readRevision(join(top, 'app'), exec), expected);
  assert.deepEqual(await readRevision(top, exec), expected);
});

test('only changes within the folder count, ignored files do not', async () => {
  const top = await repository(files);
  await writeTree(top, { 'other/y.js': 'changed', 'other/new.js': '', 'app/ignored': '' });
  assert.equal((await readRevision(join(top, 'app'), exec)).dirty, false);
  assert.equal((await readRevision(top, exec)).dirty, true);
});

const changes: Readonly<Record<string, (app: string) => Promise<unknown>>> = {
  'a changed file': (app) => writeTree(app, { 'main.js': 'two' }),
  'a new file': (app) => writeTree(app, { 'new.js': '' }),
  'a new file with blanks and quotes in its name': (app) => writeTree(app, { 'a "b"\n.js': '' }),
  'a removed file': (app) => rm(join(app, 'main.js')),
  'a file that can be run now': (app) => chmod(join(app, 'main.js'), 0o755),
  'a staged file': async (app) => {
    await writeTree(app, { 'staged.js': '1' });
    git(app, 'add', '-A');
  },
  'a moved file': async (app) => git(app, 'mv', 'main.js', 'moved.js'),
  'a repository inside': async (app) => {
    await writeTree(app, { 'inner/z.js': 'z' });
    git(join(app, 'inner'), 'init', '-q');
  },
};

test('every kind of change makes it dirty, each with a label of its own', async () => {
  const labels = new Set<string>();
  for (const [what, change] of Object.entries(changes)) {
    const top = await repository(files);
    const short = git(top, 'rev-parse', '--short', 'HEAD');
    await change(join(top, 'app'));
    const { tag, dirty, commit } = await readRevision(join(top, 'app'), exec);
    assert.equal(dirty, true, what);
    assert.equal(commit, git(top, 'rev-parse', 'HEAD'));
    assert.match(tag, new RegExp(`^${short}-dirty-[0-9a-f]{8}$`), what);
    labels.add(tag.slice(-8));
  }
  assert.equal(labels.size, Object.keys(changes).length);
});

test('the same changes have the same label in another folder and at another time', async () => {
  const top = await repository(files);
  await writeTree(top, { 'app/main.js': 'two', 'app/new.js': 'new' });
  const first = await readRevision(join(top, 'app'), exec);
  const copy = join(root, String(++count), 'deeper');
  await cp(top, copy, { recursive: true });
  await utimes(join(copy, 'app/new.js'), 1e9, 1e9);
  assert.deepEqual(await readRevision(join(copy, 'app'), exec), first);
  await writeFile(join(copy, 'app/new.js'), 'newer');
  assert.notEqual((await readRevision(join(copy, 'app'), exec)).tag, first.tag);
});

test('outside git, without git, and before the first commit, the content names it', async () => {
  const plain = await writeTree(join(root, String(++count)), files);
  const outside = await readRevision(join(plain, 'app'), exec);
  assert.match(outside.tag, /^tree-[0-9a-f]{12}$/);
  assert.deepEqual(Object.keys(outside).sort(), ['dirty', 'tag']);
  assert.deepEqual(await readRevision(join(plain, 'app'), createFakeExec({})), outside);

  git(plain, 'init', '-q');
  assert.deepEqual(await readRevision(join(plain, 'app'), exec), outside);
  await writeTree(plain, { 'app/main.js': 'two' });
  assert.notEqual((await readRevision(join(plain, 'app'), exec)).tag, outside.tag);
});

test('a repository that git refuses to read is not taken for none', async () => {
  const refusing = createFakeExec({
    git: () => ({ exitCode: 128, stderr: "fatal: detected dubious ownership in repository at '/x'\n" }),
  });
  await assert.rejects(
    readRevision(root, refusing),
    (error) => error instanceof Failure && /dubious/.test(error.message),
  );
});

test('programs that a repository names are not run', async () => {
  const top = await repository(files);
  const trap = join(top, 'trap.sh');
  await writeFile(trap, `#!/bin/sh\ntouch ${join(root, 'sprung')}\n`, { mode: 0o755 });
  git(top, 'config', 'core.fsmonitor', trap);
  await readRevision(join(top, 'app'), exec);
  await assert.rejects(realpath(join(root, 'sprung')));
});
