import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';

import { Failure } from '../../domain/failure.ts';
import { writeTree } from '../../testing/tree.ts';
import { nodePath, startCommand } from './command.ts';
import { readPackageJson } from './packageJson.ts';

const root = await mkdtemp(join(tmpdir(), 'railiance-command-'));
after(() => rm(root, { recursive: true, force: true }));
let count = 0;

async function commandOf(manifest: object, files: readonly string[] = [], run?: readonly string[]) {
  const tree = Object.fromEntries(files.map((file) => [file, '']));
  const directory = await writeTree(join(root, String(++count)), { ...tree, 'package.json': manifest });
  const found = readPackageJson(directory);
  assert.ok(found);
  return startCommand(directory, found, run);
}

const node = (...command: string[]) => ({ entrypoint: [nodePath], command });
const start = (script: string) => ({ scripts: { start: script } });

const cases: readonly [string, Parameters<typeof commandOf>, ReturnType<typeof node> | { command: string[] }][] = [
  ['a plain start script', [start('node src/main.js')], node('src/main.js')],
  ['options and quotes', [start(`node --enable-source-maps "a b.js" --x='1 2'`), ['index.js']], node('index.js')],
  ['quoted words', [start('node "a b.js" c')], node('a b.js', 'c')],
  ['a start script that needs a shell', [start('node a.js && node b.js'), ['server.js']], node('server.js')],
  ['a variable in it', [start('node a.js --port $PORT'), ['index.js']], node('index.js')],
  ['a start script of another program', [start('next start'), ['index.js']], node('index.js')],
  ['main', [{ main: 'lib/app.js' }, ['lib/app.js', 'index.js']], node('lib/app.js')],
  ['a main that is not there', [{ main: 'dist/app.js' }, ['index.js']], node('index.js')],
  ['server.js before index.js', [{}, ['index.js', 'server.js']], node('server.js')],
  ['the command of app.toml, where there is nothing else', [{}, [], ['node', 'x.js']], { command: ['node', 'x.js'] }],
];
for (const [what, input, expected] of cases) {
  test(`starts by ${what}`, async () => {
    assert.deepEqual(await commandOf(...input), expected);
  });
}

test('nothing to start is said, with what helps', async () => {
  await assert.rejects(
    commandOf(start('vite')),
    (error) => error instanceof Failure && /scripts.start/.test(error.hint ?? ''),
  );
});
