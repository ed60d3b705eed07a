import assert from 'node:assert/strict';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { after, before, test } from 'node:test';

import { Failure } from '../domain/failure.ts';
import { createLocalExec } from './localExec.ts';
import { describeProgram, findPrograms, requireProgram } from './which.ts';

let root = '';
const searchPath = process.env.PATH;
const path = () => ['a', 'b', 'c'].map((name) => join(root, name)).join(delimiter);

before(async () => {
  root = await mkdtemp(join(tmpdir(), 'railiance-which-'));
  for (const name of ['a', 'b', 'c']) await mkdir(join(root, name));
  await writeFile(join(root, 'a', 'tool'), 'not executable');
  for (const name of ['b', 'c']) {
    await writeFile(join(root, name, 'tool'), `#!/bin/sh\necho "tool 1.2 ${name}"\necho more\n`);
    await chmod(join(root, name, 'tool'), 0o755);
  }
  await mkdir(join(root, 'c', 'folder'));
});
after(async () => {
  process.env.PATH = searchPath;
  await rm(root, { recursive: true });
});

test('finds every program of a name in the order of the path', () => {
  assert.deepEqual(findPrograms('tool', path()), [join(root, 'b', 'tool'), join(root, 'c', 'tool')]);
  assert.deepEqual(findPrograms(join(root, 'c', 'tool'), ''), [join(root, 'c', 'tool')]);
});

test('passes over folders, files that cannot be executed, and relative entries of the path', () => {
  assert.deepEqual(findPrograms('folder', path()), []);
  assert.deepEqual(findPrograms(join(root, 'a', 'tool'), path()), []);
  assert.deepEqual(findPrograms('localExec.ts', `.${delimiter}`), []);
});

test('a missing program is a Failure with the path and a hint', () => {
  assert.throws(
    () => requireProgram('nowhere', path()),
    (error) => error instanceof Failure && error.exitCode === 6 && error.problem.includes(join(root, 'b')),
  );
});

test('tells which of two programs runs, its version, and the one it hides', async () => {
  process.env.PATH = path();
  assert.deepEqual(await describeProgram(createLocalExec(), 'tool'), {
    path: join(root, 'b', 'tool'),
    version: 'tool 1.2 b',
    shadowed: [join(root, 'c', 'tool')],
  });
  assert.equal(await describeProgram(createLocalExec(), 'nowhere'), undefined);
});
