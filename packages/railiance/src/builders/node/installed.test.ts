import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';

import { exitCodes, Failure } from '../../domain/failure.ts';
import { type Tree, writeTree } from '../../testing/tree.ts';
import { nodeModulesClosure } from './closure.ts';
import { assertUpToDate } from './upToDate.ts';

const root = await mkdtemp(join(tmpdir(), 'railiance-installed-'));
after(() => rm(root, { recursive: true, force: true }));
let count = 0;
const app = (tree: Tree) => writeTree(join(root, String(++count)), tree);

const fails =
  (...parts: readonly (string | RegExp)[]) =>
  (error: unknown) => {
    assert.ok(error instanceof Failure, String(error));
    assert.equal(error.exitCode, exitCodes.invalidInput);
    const text = `${error.message} ${error.hint ?? ''}`;
    for (const part of parts) assert.ok(typeof part === 'string' ? text.includes(part) : part.test(text), text);
    return true;
  };

const pack = (name: string, version: string, more: object = {}) => ({ name, version, ...more });

test('names what is not installed, whose it is, and the command that helps', async () => {
  const directory = await app({
    'package.json': pack('probe', '1.0.0', { dependencies: { here: '1', absent: '1' } }),
    'node_modules/here/package.json': pack('here', '1.0.0', { dependencies: { deeper: '1' } }),
  });
  assert.throws(
    () => nodeModulesClosure(directory),
    fails('absent (for probe)', 'deeper (for here)', `npm ci\` in ${directory}`),
  );
});

test('optional and peer packages may be absent, and are in where they are not', async () => {
  const wants = { optionalDependencies: { o: '1', gone: '1' }, peerDependencies: { p: '1', away: '1' } };
  const directory = await app({
    'package.json': pack('probe', '1.0.0', wants),
    'node_modules/o/package.json': pack('o', '1.0.0'),
    'node_modules/p/package.json': pack('p', '1.0.0'),
  });
  assert.deepEqual(
    nodeModulesClosure(directory).packages.map(({ name }) => name),
    ['o', 'p'],
  );
  assert.deepEqual(
    nodeModulesClosure(directory, { omit: ['o'] }).packages.map(({ name }) => name),
    ['p'],
  );
});

test('a package that is needed is not left out', async () => {
  const directory = await app({
    'package.json': pack('probe', '1.0.0', { dependencies: { a: '1' } }),
    'node_modules/a/package.json': pack('a', '1.0.0'),
  });
  assert.throws(() => nodeModulesClosure(directory, { omit: ['a'] }), fails('a', 'omit'));
});

test('development packages stay out', async () => {
  const directory = await app({
    'package.json': pack('probe', '1.0.0', { devDependencies: { tool: '1' } }),
    'node_modules/tool/package.json': pack('tool', '1.0.0'),
  });
  assert.deepEqual(nodeModulesClosure(directory).packages, []);
});

for (const [what, content] of [
  ['no JSON', '{'],
  ['a list', []],
  ['a path for a name', { dependencies: { '../../etc': '1' } }],
  ['dependencies that are a list', { dependencies: ['a'] }],
  ['a range that is a number', { dependencies: { a: 1 } }],
] as const) {
  test(`refuses a package.json with ${what}, by its path`, async () => {
    const directory = await app({ 'package.json': content });
    assert.throws(() => nodeModulesClosure(directory), fails(join(directory, 'package.json')));
  });
}

const ranges: readonly [range: string, installed: string, fits: boolean][] = [
  ['^1.0.0', '1.2.3', true],
  ['^1.0.0', '2.0.0', false],
  ['1.0.0-beta.15', '1.0.0-beta.15', true],
  ['^18.0.0', '18.4.0-beta.17', true],
  ['npm:other@^3', '3.1.0', true],
  ['npm:@scope/other@^3', '2.1.0', false],
  ['github:owner/repo', '0.0.1', true],
  ['latest', '9.9.9', true],
  ['file:../a', '1.0.0', true],
  ['*', '1.0.0', true],
];
for (const [range, installed, fits] of ranges) {
  test(`${installed} ${fits ? 'fits' : 'does not fit'} ${range}`, async () => {
    const directory = await app({
      'package.json': pack('probe', '1.0.0', { dependencies: { a: range } }),
      'node_modules/a/package.json': pack('a', installed),
    });
    const check = assertUpToDate(nodeModulesClosure(directory));
    if (fits) await check;
    else await assert.rejects(check, fails(installed, range, 'npm ci'));
  });
}

test('a package that is not what the lock file says is named, in workspaces too', async () => {
  const directory = await app({
    'package-lock.json': {
      lockfileVersion: 3,
      packages: {
        '': {},
        'node_modules/a': { version: '1.0.0' },
        'node_modules/a/node_modules/b': { version: '2.0.0' },
      },
    },
    'app/package.json': pack('probe', '1.0.0', { dependencies: { a: '^1.0.0' } }),
    'node_modules/a/package.json': pack('a', '1.0.0', { dependencies: { b: '*' } }),
    'node_modules/a/node_modules/b/package.json': pack('b', '2.0.1'),
  });
  const closure = nodeModulesClosure(join(directory, 'app'));
  await assert.rejects(assertUpToDate(closure), fails('node_modules/a/node_modules/b', '2.0.1', '2.0.0', 'npm ci'));
});

test('a lock file that is no JSON is named', async () => {
  const directory = await app({ 'package.json': pack('probe', '1.0.0'), 'package-lock.json': '<<<<<<< HEAD' });
  await assert.rejects(assertUpToDate(nodeModulesClosure(directory)), fails('package-lock.json'));
});
